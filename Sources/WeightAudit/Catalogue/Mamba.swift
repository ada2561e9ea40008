extension SchemeCatalogue {
  private static let weights = [
    SchemeRule("@embedding|@head", "normal(std=std)", "normal(std=0.02)"),
    SchemeRule(
      "*out_proj.weight", "torch_default", "torch_default / sqrt(L)", "torch_default / sqrt(2*L)", "normal(std=std)"),
    SchemeRule("*conv1d.weight", "torch_default", "normal(std=std)"),
    SchemeRule("*conv1d.bias", "zeros", "uniform(bound=1/sqrt(fan_in))"),
    SchemeRule("*in_proj*weight|*x_proj*weight", "torch_default", "normal(std=std)"), SchemeRule("@bias", "zeros"),
  ]

  /// The first Mamba: a state matrix of 1, 2, ... and steps between 0.001 and 0.1.
  static let mamba = WeightScheme(
    name: "mamba",
    summary:
      "Mamba: A_log = log(1..state) in each row, D one, steps log-uniform from 0.001 to 0.1, matrices PyTorch's default.",
    source: "Gu and Dao 2023; state-spaces/mamba mamba_ssm/modules/mamba_simple.py", signs: ["*A_log", "*dt_proj.bias"],
    modelTypes: ["mamba", "falcon_mamba"], parameters: ["std": 0.02], free: "std",
    rules: usualFirst(
      [
        SchemeRule("@state", "log(arange(1, state+1))"), SchemeRule("@skip", "ones"),
        SchemeRule("*dt_proj.bias", "inverse_softplus(loguniform(0.001, 0.1))"),
        SchemeRule("*dt_proj.weight", "uniform(bound=1/sqrt(dt_rank))"),
      ] + weights))

  /// Mamba-2, with one number for each head.
  static let mamba2 = WeightScheme(
    name: "mamba2",
    summary: "Mamba-2: A uniform from 1 to 16, D one, steps log-uniform from 0.001 to 0.1, matrices PyTorch's default.",
    source: "Dao and Gu 2024; state-spaces/mamba mamba_ssm/modules/mamba2.py", signs: ["*A_log", "*dt_bias", "*.D"],
    modelTypes: ["mamba2", "nemotron_h", "bamba"], parameters: ["std": 0.02], free: "std",
    rules: usualFirst(
      [
        SchemeRule("@state", "log(uniform(1, 16))", "log(arange(1, heads+1))"), SchemeRule("@skip", "ones"),
        SchemeRule("*dt_bias", "inverse_softplus(loguniform(0.001, 0.1))"),
      ] + weights))
}
