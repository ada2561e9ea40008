import Testing

/// How README's networks are found, on a page of known contents.
@Suite struct ReadmeNetworksTests {
  static let page = """
    # Page
    initscope audit outside --init zeros
    ```yaml
    name: small
    input: 4
    layers:
      - dense: 3
    ```
    ```sh
    initscope describe small.yaml          # layers
    initscope audit small.yaml --init he_normal,lsuv --input iris
    initscope check model.yaml --init-bounds bounds.yaml
    $ initscope audit --depth 2 --activation tanh --init "variance_scaling(scale=1.5,mode=fan_out)" --no-png
    $ initscope train --data fashion-mnist --epochs 3 \\
        --init "normal(std=0.01)"   # two layers of 64
    initscope audit --width 2048 --depth 3 --init zeros
    ```
    """

  @Test func commandsAndFilesAreRead() throws {
    let rows = try ReadmeNetworks.rows(Self.page).map { [$0.network, $0.flags, $0.initializer, $0.data] }
    #expect(
      rows == [
        ["README.md#small", "", "he_normal", "iris"], ["README.md#small", "", "lsuv", "iris"],
        ["mlp", "--activation tanh --depth 2 --width 256", "variance_scaling(scale=1.5,mode=fan_out)", "fashion-mnist"],
        ["mlp", "--depth 2 --width 64", "normal(std=0.01)", "fashion-mnist"],
        // 3 layers of 512 units on 784 inputs have 0.9 million parameters, of 1024 twice the bound.
        ["mlp", "--depth 3 --width 512", "zeros", "fashion-mnist"],
        ["README.md#small", "", "he_normal", "fashion-mnist"], ["README.md#small", "", "normal(std=0.01)", "fashion-mnist"],
      ])
  }

  @Test func labelsFollowTheShareOfTheCommonestClass() {
    func label(_ best: Double, _ commonest: Double) -> TrainedNetwork.Label? {
      TrainedNetwork(
        network: "", kind: "", initializer: "", data: "", flags: "", accuracies: [0, best], commonest: commonest
      ).label
    }
    #expect(label(0.6, 0.1) == .trains && label(0.5999, 0.1) == .slow)
    #expect(label(0.35, 0.1) == .fails && label(0.3501, 0.1) == .slow)
    // One in a hundred: 99.56% is 5/9 of the way.
    #expect(label(0.9956, 0.99) == .trains && label(0.99, 0.99) == .fails && label(0.995, 0.99) == .slow)
    #expect(label(0.56, 0) == .trains && label(0.27, 0) == .fails)
  }
}
