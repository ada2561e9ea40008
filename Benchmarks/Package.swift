// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nothing here reaches users of InitScope. Run it through `make benchmark`.
let package = Package(
  name: "InitScopeBenchmarks",
  dependencies: [
    .package(name: "InitScope", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "InitScopeBenchmarks",
      dependencies: [
        .product(name: "InitScope", package: "InitScope"), .product(name: "TensorKernels", package: "InitScope"),
        "CProductLimit",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(name: "CProductLimit", linkerSettings: [.linkedLibrary("dnnl")]),
  ]
)
