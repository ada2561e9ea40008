/// A model from a file, ready to be audited: its graph, where to look, what its inputs are, and what its file does not hold.
public struct GraphModel: Sendable {
  /// One input of the graph.
  public struct Input: Sendable {
    public var name: String
    public var value: ValueID
    public var draw: InputDraw

    /// Describes an input.
    ///
    /// - Parameters:
    ///   - name: Its name in the file.
    ///   - value: The graph's value.
    ///   - draw: What stands in for data.
    public init(name: String, value: ValueID, draw: InputDraw) {
      self.name = name
      self.value = value
      self.draw = draw
    }
  }

  /// What stands in for data at an input of the graph.
  public enum InputDraw: Hashable, Sendable {
    /// Independent N(0, 1) values.
    case normal
    /// Token ids, uniform over the table that they index.
    case identifiers(below: Int)
    /// Ones: a mask that hides nothing.
    case ones
    /// Zeros: segment ids, initial states.
    case zeros
    /// 0, 1, 2, ... along the last axis.
    case positions
  }

  public var name: String
  public var graph: Graph
  /// Where reports look, in the order of execution; the last is the output.
  public var points: [MeasuringPoint]
  public var inputs: [Input]
  /// The value at which the backward pass starts: the first output of type float32.
  public var start: ValueID
  /// The number of samples: the extent of the inputs' first axis.
  public var batch: Int
  /// Whether values for the parameters have been read; false for a model of which a file only declares initializers.
  public var holdsWeights = true
  /// Whether the file's export has multiplied batch normalizations into other layers, so that the graph is not the network
  /// that trains.
  public var hasFoldedNormalizations = false
  /// Whether an input's last axis is that of its channels, as in files of Keras.
  public var hasChannelsLast = false
  /// Sentences about what the file does not hold or what was chosen, for the report.
  public var notes: [String]

  /// Makes a model.
  ///
  /// - Parameters:
  ///   - name: What reports call it.
  ///   - graph: Its graph.
  ///   - points: Where reports look, in the order of execution.
  ///   - inputs: The graph's inputs that need data.
  ///   - start: The value at which the backward pass starts.
  ///   - batch: The number of samples.
  ///   - notes: Sentences for the report.
  public init(
    name: String, graph: Graph, points: [MeasuringPoint], inputs: [Input], start: ValueID, batch: Int, notes: [String] = []
  ) {
    self.name = name
    self.graph = graph
    self.points = points
    self.inputs = inputs
    self.start = start
    self.batch = batch
    self.notes = notes
  }

  /// Whether the model's file declares an initializer for every parameter.
  public var declaresInitializers: Bool {
    !graph.parameters.isEmpty && graph.parameters.allSatisfy { $0.declared != nil }
  }
}
