import DataSets
import TensorFiles

/// What a model's config.json says about its initialization, in the names that transformers uses.
public struct ModelConfiguration: Sendable {
  /// The path of the file.
  public var path: String
  /// `model_type`.
  public var modelType: String?
  public var layers: Int?
  public var heads: Int?
  public var width: Int?
  /// Whether embedding and output head must be one tensor.
  public var tiesEmbeddings: Bool?
  /// The row of the embedding that stands for padding.
  public var paddingRow: Int?
  /// The configurations of the parts of a model of several, such as `vision_config`, by their keys.
  var parts: [String: ModelConfiguration] = [:]
  private var numbers: [String: Double]

  /// Reads the file.
  ///
  /// - Parameter path: Of a config.json.
  /// - Throws: `DataError` where it cannot be read or is no JSON object.
  public static func read(path: String) throws(DataError) -> ModelConfiguration {
    guard let members = try JSONFile.read(path: path, allowsInfinity: true).members else {
      throw DataError(path: path, "is no JSON object", hint: "Give the config.json of a model")
    }
    var configuration = try make(path, members)
    for key in partKeys {
      if let own = members[key]?.members { configuration.parts[key] = try make(path, own) }
    }
    return configuration
  }

  /// The keys under which models of several parts keep the configurations of each.
  private static let partKeys = ["text_config", "llm_config", "vision_config", "audio_config", "encoder", "decoder"]

  private static func make(_ path: String, _ members: [String: JSONValue]) throws(DataError) -> ModelConfiguration {
    var members = members
    // Models of several parts keep those of the text under a key of their own.
    if let text = members["text_config"]?.members { members.merge(text) { own, _ in own } }
    var configuration = ModelConfiguration(path: path, numbers: members.compactMapValues(\.number))
    func count(_ keys: String...) throws(DataError) -> Int? {
      for key in keys {
        guard let value = members[key]?.number else { continue }
        guard let count = Int(exactly: value), (0..<1_000_000_000).contains(count) else {
          throw DataError(path: path, "'\(key)' is \(value), no whole number that can be meant", hint: "Correct the file")
        }
        return count
      }
      return nil
    }
    configuration.modelType = members["model_type"]?.string
    configuration.layers = try count("num_hidden_layers", "n_layer", "num_layers", "n_layers")
    configuration.heads = try count("num_attention_heads", "n_head", "num_heads", "n_heads")
    configuration.width = try count("hidden_size", "n_embd", "d_model", "dim")
    configuration.tiesEmbeddings = members["tie_word_embeddings"]?.boolean
    // Minus one stands for none.
    if !Self.withoutPaddingRow.contains(configuration.modelType ?? ""),
      let row = members["pad_token_id"]?.number ?? members["padding_idx"]?.number, row >= 0
    {
      configuration.paddingRow = try count("pad_token_id", "padding_idx")
    }
    return configuration
  }

  private init(path: String, numbers: [String: Double]) { (self.path, self.numbers) = (path, numbers) }

  /// Families whose embeddings have no `padding_idx`: their `pad_token_id` says what fills a batch, and its row is drawn as
  /// any other. From the models of transformers 5.24.
  private static let withoutPaddingRow: Set<String> = [
    "gpt2", "gpt_neo", "gpt_neox", "gptj", "t5", "mt5", "bloom", "mamba", "mamba2", "falcon", "mpt", "xlnet",
  ]

  /// A number under this key; nil where there is none.
  package func number(_ key: String) -> Double? { numbers[key] }

  /// The deviation that it declares; nil where it declares none.
  var initializerRange: Double? { numbers["initializer_range"] ?? numbers["init_std"] ?? numbers["initializer_std"] }
}
