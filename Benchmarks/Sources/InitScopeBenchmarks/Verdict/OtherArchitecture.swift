import InitScope

/// Convolutional, recurrent and attention networks on the same images, to which the verdict was not fitted.
struct OtherArchitecture {
  var name: String
  var initializer: String
  var make: @Sendable () throws -> Network

  static let all: [OtherArchitecture] = convolutional + recurrent + attention

  private static let convolutional: [OtherArchitecture] =
    ["relu", "tanh", "sigmoid"].flatMap { activation in
      ["glorot_uniform", "he_normal", "normal(std=0.01)", "normal(std=0.5)"].map { initializer in
        OtherArchitecture(name: "lenet, \(activation)", initializer: initializer) {
          var options = PresetOptions(inputs: 784, outputs: 10, activation: try Activation(parsing: activation))
          options.image = .image(channels: 1, height: 28, width: 28)
          return try Preset.leNet.make(options)
        }
      }
    }
    + ["zeros", "lsuv", "orthogonal"].map { initializer in
      OtherArchitecture(name: "lenet, relu", initializer: initializer) {
        var options = PresetOptions(inputs: 784, outputs: 10, activation: .relu)
        options.image = .image(channels: 1, height: 28, width: 28)
        return try Preset.leNet.make(options)
      }
    }

  /// The image's 28 rows, one per step.
  private static let rows = Shape.sequence(steps: 28, features: 28)

  private static let recurrent: [OtherArchitecture] =
    ["glorot_uniform", "normal(std=0.01)", "normal(std=1)"].flatMap { initializer in
      [
        OtherArchitecture(name: "simple rnn over rows", initializer: initializer) {
          try Network(input: rows) {
            SimpleRNN(64)
            Dense(10, weights: .lecunNormal).named("output")
          }
        },
        OtherArchitecture(name: "simple rnn, recurrent as input", initializer: initializer) {
          let recurrent = try Initializer(parsing: initializer)
          return try Network(input: rows) {
            SimpleRNN(64, recurrent: recurrent)
            Dense(10, weights: .lecunNormal).named("output")
          }
        },
        OtherArchitecture(name: "lstm over rows", initializer: initializer) {
          try Network(input: rows) {
            LSTM(48)
            Dense(10, weights: .lecunNormal).named("output")
          }
        },
        OtherArchitecture(name: "gru over rows", initializer: initializer) {
          try Network(input: rows) {
            GRU(48)
            Dense(10, weights: .lecunNormal).named("output")
          }
        },
      ]
    }

  private static let attention: [OtherArchitecture] =
    [1, 4].flatMap { blocks in
      ["glorot_uniform", "normal(std=0.02)", "normal(std=1)", "zeros"].map { initializer in
        OtherArchitecture(name: "\(blocks) transformer block\(blocks > 1 ? "s" : "") over rows", initializer: initializer) {
          try Network(input: rows) {
            Dense(32)
            for _ in 0..<blocks {
              Residual {
                LayerNorm()
                SelfAttention(heads: 4)
              }
              Residual {
                LayerNorm()
                Dense(64, activation: .gelu)
                Dense(32)
              }
            }
            LayerNorm()
            GlobalAveragePool()
            Dense(10, weights: .lecunNormal).named("output")
          }
        }
      }
    }
}
