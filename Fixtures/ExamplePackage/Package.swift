// swift-tools-version: 6.1
import PackageDescription

// How a package of one's own tests its initialization. HealthyTests must pass; BrokenTests must fail, every one of them:
// `make example` looks.
let package = Package(
  name: "ExamplePackage",
  dependencies: [.package(name: "InitScope", path: "../..")],
  targets: [
    .target(name: "Classifier", dependencies: [.product(name: "InitScope", package: "InitScope")]),
    .testTarget(
      name: "HealthyTests", dependencies: ["Classifier", .product(name: "InitScopeTesting", package: "InitScope")]),
    .testTarget(
      name: "BrokenTests", dependencies: ["Classifier", .product(name: "InitScopeTesting", package: "InitScope")]),
  ]
)
