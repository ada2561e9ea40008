// swift-tools-version: 6.1
import PackageDescription

// One program that feeds libFuzzer's inputs to one reader at a time. Run it through `make fuzz`, which builds it, and all
// that it reads with, under AddressSanitizer and with libFuzzer's coverage.
let package = Package(
  name: "InitScopeFuzz",
  dependencies: [.package(name: "InitScope", path: "../..")],
  targets: [
    .executableTarget(
      name: "InitScopeFuzz", dependencies: [.product(name: "InitScope", package: "InitScope"), "CLibFuzzer"]),
    .target(name: "CLibFuzzer"),
  ]
)
