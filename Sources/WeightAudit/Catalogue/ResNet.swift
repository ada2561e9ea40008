extension SchemeCatalogue {
  private static let signs = ["*layer1.*.conv1*", "*layer1.*.bn1*|*layer1.*.norm1*"]
  private static let weights = [
    SchemeRule("@convolution", "kaiming_normal(fan_out)"),
    SchemeRule("@head|fc.weight", "torch_default", "normal(std=0.01)"),
    SchemeRule("@linear", "torch_default"), SchemeRule("fc.bias|@bias", "uniform(bound=1/sqrt(fan_in))", "zeros"),
  ]

  /// torchvision's residual networks.
  static let resnet = WeightScheme(
    name: "resnet", summary: "ResNet: convolutions Kaiming normal by fan_out, norm gains one, last layer PyTorch's default.",
    source: "He et al. 2015; pytorch/vision torchvision/models/resnet.py", signs: signs, rules: usualFirst(weights))

  /// The same with the last norm of each branch at zero.
  static let resnetZeroGamma = WeightScheme(
    name: "resnet_zero_gamma",
    summary: "ResNet with zero_init_residual: the last norm gain of each residual branch is zero.",
    source: "Goyal et al. 2017, section 5.1; pytorch/vision torchvision/models/resnet.py, zero_init_residual", signs: signs,
    rules: usualFirst(weights, before: [SchemeRule("@lastnorm", "zeros")]))
}
