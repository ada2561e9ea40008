extension Preset {
  /// LeNet-5 (LeCun 1998, section II.B), with pooling for its subsampling and dense layers for its last three.
  public static let leNet = Preset(
    name: "lenet",
    summary: "LeNet-5 on images (1 x 28 x 28 where the data say nothing): two convolutions, pools, three dense",
    options: [.activation, .outputs, .outputInitializer]
  ) { options throws(NetworkError) in
    let image = options.image ?? .image(channels: 1, height: 28, width: 28)
    return try Network(name: "lenet", input: image) {
      Conv2D(6, kernel: 5, padding: .same, activation: options.activation)
      AveragePool(2)
      Conv2D(16, kernel: 5, activation: options.activation)
      AveragePool(2)
      Flatten()
      Dense(120, activation: options.activation)
      Dense(84, activation: options.activation)
      options.outputLayer
    }
  }

  /// The textbook CNN for CIFAR-10: Conv 32, pool, Conv 64, pool, Dense 64.
  public static let cifarCNN = Preset(
    name: "cifar-cnn",
    summary: "Conv 32 3x3, pool, Conv 64 3x3, pool, Dense 64, on images (3 x 32 x 32 where the data say nothing)",
    options: [.activation, .outputs, .outputInitializer]
  ) { options throws(NetworkError) in
    let image = options.image ?? .image(channels: 3, height: 32, width: 32)
    return try Network(name: "cifar-cnn", input: image) {
      Conv2D(32, kernel: 3, activation: options.activation)
      MaxPool(2)
      Conv2D(64, kernel: 3, activation: options.activation)
      MaxPool(2)
      Flatten()
      Dense(64, activation: options.activation)
      options.outputLayer
    }
  }

  /// ResNet-20 for CIFAR-10 (He 2016, section 4.2, n = 3): three stages of three blocks with 16, 32 and 64 channels.
  public static let resNet20 = Preset(
    name: "resnet-20", summary: "the residual network of He 2016 for CIFAR-10, with batch normalization, 20 layers",
    options: [.activation, .outputs, .outputInitializer, .branchGain], defaults: Defaults(batch: 128, replicas: 3)
  ) { options throws(NetworkError) in
    let image = options.image ?? .image(channels: 3, height: 32, width: 32)
    let norm = BatchNorm(activation: options.activation)
    return try Network(name: "resnet-20", input: image) {
      Conv2D(16, kernel: 3, padding: .same, hasBias: false)
      norm
      for (stage, channels) in [16, 32, 64].enumerated() {
        for block in 0..<3 {
          let stride: Extents = stage > 0 && block == 0 ? 2 : 1
          if stage > 0 && block == 0 {
            Projected(activation: options.activation, hasGain: options.branchGain) {
              Conv2D(channels, kernel: 1, stride: stride, hasBias: false)
              BatchNorm()
            } branch: {
              Conv2D(channels, kernel: 3, stride: stride, padding: .amount(1), hasBias: false)
              norm
              Conv2D(channels, kernel: 3, padding: .same, hasBias: false)
              BatchNorm()
            }
          } else {
            Residual(activation: options.activation, hasGain: options.branchGain) {
              Conv2D(channels, kernel: 3, padding: .same, hasBias: false)
              norm
              Conv2D(channels, kernel: 3, padding: .same, hasBias: false)
              BatchNorm()
            }
          }
        }
      }
      GlobalAveragePool()
      options.outputLayer
    }
  }
}
