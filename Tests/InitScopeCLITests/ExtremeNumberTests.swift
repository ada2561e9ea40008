import Testing

/// Numbers that a command line or a file may hold, and that once reached a trap.
@Suite struct ExtremeNumberTests {
  @Test(arguments: ["1.01e100", "1e308", "1e-320"])
  func aBiasDeviationInABoundsFileIsCheckedAsOnTheCommandLine(_ number: String) throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "version: 1\nnetwork: mlp\noptions: {depth: 1, width: 2, bias-std: \(number)}\ninit: he_normal\nbounds: []\n",
      as: "b.yaml")
    let command = try Command.run("check", "--bounds", "b.yaml", in: directory)
    #expect(command.signal == nil && command.status == 2)
    #expect(command.message.contains("--bias-std must be 0, or a number from 1e-100 to 1e100"))
  }

  @Test(arguments: [
    "torch.trunc_normal(std=5e-324)", "truncated_normal(std=1e-307,low=0.001,high=0.002)", "normal(std=1e-320)",
    "uniform(low=0,high=1e-310)", "lsuv(tolerance=1e-320)",
  ])
  func numbersTooCloseToZeroAreRefused(_ initializer: String) throws {
    let command = try Command.run("audit", "--depth", "1", "--width", "2", "--init", initializer, "--no-png")
    #expect(command.status == 64)
    #expect(command.message.contains("too close to 0 to compute with. It must be 0, or 1e-100 or more in magnitude."))
  }

  /// Each catalogue entry at the least and the largest legal magnitudes is drawn and measured.
  @Test(arguments: [
    "torch.trunc_normal(std=1e-100)", "truncated_normal(std=1e-100,low=1e-100,high=2e-100)", "normal(std=1e100)",
    "uniform(low=-1e100,high=1e100)", "torch.trunc_normal(mean=1e100,std=1e99,a=0,b=1e100)", "constant(-1e100)",
  ])
  func theEndsOfTheRangeAreComputed(_ initializer: String) throws {
    let command = try Command.run(
      "audit", "--depth", "2", "--width", "3", "--init", initializer, "--no-png", "--seeds", "2", "--batch", "4", "--json")
    #expect(command.status == 0, "\(command.message)")
    _ = try command.json()
  }

  @Test func theLeastFalseAlarmRateIsShared() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      """
      version: 1
      init: he_normal
      falseAlarmRate: 5e-324
      verdict: off
      rules: {"*": off}
      bounds:
        - {of: activations, mean: [-10, 10]}
        - {of: gradients, std: [1e-3, 1e3]}

      """, as: "b.yaml")
    let command = try Command.run(
      "check", "--bounds", "b.yaml", "--depth", "2", "--width", "4", "--seeds", "2", "--batch", "4", in: directory)
    #expect(command.status == 0, "\(command.message)")
  }

  @Test func aNetworkOfMoreParametersThanSixtyFourBitsCountIsRefused() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "input: [1, 16777216]\nlayers:\n  - self_attention: {heads: 1, repeat: 99999}\n  - last_step\n", as: "n.yaml")
    let command = try Command.run("describe", "n.yaml", in: directory)
    #expect(command.status == 2)
    #expect(command.message.contains("parameters. Make layers smaller, or fewer"))
  }
}
