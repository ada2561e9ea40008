// swift-tools-version: 6.1
import PackageDescription

// Data flows down this list: a module may depend only on modules that stand below it.
let package = Package(
  name: "InitScope",
  products: [
    .library(name: "InitScope", targets: ["InitScope"]),
    .executable(name: "initscope", targets: ["InitScopeCLI"]),
    // Expectations for tests of one's own, in Swift Testing and XCTest.
    .library(name: "InitScopeTesting", targets: ["InitScopeTesting"]),
    // Streams, samplers and matrix products by themselves, for those who build on them.
    .library(name: "TensorKernels", targets: ["TensorKernels"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
    .package(url: "https://github.com/pointfreeco/xctest-dynamic-overlay", from: "1.13.1"),
  ],
  targets: [
    // The command.
    .executableTarget(
      name: "InitScopeCLI",
      dependencies: [
        "InitScope", "Spelling", "TensorKernels", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Rainbow", package: "Rainbow"),
      ]),

    // Expectations. The second product makes reports fail tests; linked here, no test target need name it.
    .target(
      name: "InitScopeTesting",
      dependencies: [
        "InitScope", .product(name: "IssueReporting", package: "xctest-dynamic-overlay"),
        .product(name: "IssueReportingTestSupport", package: "xctest-dynamic-overlay"),
      ]),

    // The umbrella: one import for users of the library.
    .target(
      name: "InitScope",
      dependencies: [
        "ReportRendering", "ModelFiles", "Diagnosis", "TrainingRuns", "MeanField", "SignalPropagation", "DataSets",
        "SampleStatistics", "NetworkGraph", "FileOutput",
      ]),

    // What leaves the program, and what describes networks on disk.
    .target(
      name: "ReportRendering",
      dependencies: [
        "TrainingRuns", "Diagnosis", "MeanField", "SignalPropagation", "SampleStatistics", "NetworkGraph", "FileOutput",
        "Spelling", "CCairo", "CPNG", "CFont",
      ]),
    .target(
      name: "ModelFiles",
      dependencies: [
        "Diagnosis", "SignalPropagation", "DataSets", "NetworkGraph", "Spelling",
        .product(name: "Yams", package: "Yams"),
      ]),

    // Real training, to hold predictions against.
    .target(
      name: "TrainingRuns",
      dependencies: [
        "LayerKernels", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph", "Spelling", "FileOutput",
      ]),

    // Where prediction and measurement meet, and what is made of them.
    .target(
      name: "Diagnosis",
      dependencies: [
        "MeanField", "TrainingRuns", "SignalPropagation", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph",
        "Spelling", "CTrainability",
      ]),

    // Prediction. It may not import the engine: what a report holds against each other reaches it by two routes.
    .target(name: "MeanField", dependencies: ["SampleStatistics", "NetworkGraph"]),

    // Measurement.
    .target(
      name: "SignalPropagation",
      dependencies: ["LayerKernels", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph", "Spelling"]),
    // Streams of random numbers for splits and synthetic sets, nothing else of TensorKernels; of NetworkGraph what a network
    // takes.
    .target(name: "DataSets", dependencies: ["NetworkGraph", "Spelling", "TensorKernels", "CZlib", "CSampleData"]),
    // One layer's operation, forward and backward, on plain arrays: what audits and training share.
    .target(name: "LayerKernels", dependencies: ["TensorKernels", "NetworkGraph", "COneDNNLayers", "CTensorKernels"]),
    .target(name: "SampleStatistics", dependencies: ["CGSL"]),
    .target(name: "TensorKernels", dependencies: ["NetworkGraph", "CTensorKernels", "COneDNN", "COpenBLAS"]),

    // Files that appear whole or not at all.
    .target(name: "FileOutput"),

    // Description.
    .target(name: "NetworkGraph", dependencies: ["Spelling"]),

    // Names that were meant, for messages about those that were written.
    .target(name: "Spelling"),

    // C: one Swift importer each.
    .target(name: "CTensorKernels"),
    .target(name: "CFont", exclude: ["Inter-Regular.otf", "Inter-SemiBold.otf", "OFL.txt"]),
    .target(name: "CSampleData"),
    // The numbers of the verdict's model.
    .target(name: "CTrainability"),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    .systemLibrary(name: "CGSL"),
    .systemLibrary(name: "COneDNN"),
    // oneDNN's primitives behind functions of our own, so that one place knows its version.
    .target(name: "COneDNNLayers", linkerSettings: [.linkedLibrary("dnnl")]),
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo-ft"),

    // What tests share: the way to fixtures, comparisons of long arrays, reproducible words.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"]),
    .testTarget(name: "SpellingTests", dependencies: ["Spelling"]),
    .testTarget(name: "FileOutputTests", dependencies: ["FileOutput"]),
    .testTarget(name: "NetworkGraphTests", dependencies: ["NetworkGraph", "TestSupport"]),
    .testTarget(
      name: "TensorKernelsTests", dependencies: ["TensorKernels", "NetworkGraph", "SampleStatistics", "TestSupport", "CGSL"]),
    .testTarget(name: "LayerKernelsTests", dependencies: ["LayerKernels", "TensorKernels", "NetworkGraph", "TestSupport"]),
    .testTarget(name: "SampleStatisticsTests", dependencies: ["SampleStatistics", "TestSupport", "CGSL"]),
    .testTarget(name: "MeanFieldTests", dependencies: ["MeanField", "SampleStatistics", "NetworkGraph", "TestSupport"]),
    .testTarget(name: "DataSetsTests", dependencies: ["DataSets", "NetworkGraph", "TestSupport", "CZlib"]),
    .testTarget(
      name: "SignalPropagationTests",
      dependencies: [
        "SignalPropagation", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph", "TestSupport", "CGSL",
      ]),
    .testTarget(
      name: "DiagnosisTests",
      dependencies: [
        "InitScope", "Diagnosis", "MeanField", "TrainingRuns", "SignalPropagation", "DataSets", "SampleStatistics",
        "NetworkGraph", "TestSupport",
      ]),
    .testTarget(
      name: "TrainingRunsTests",
      dependencies: [
        "TrainingRuns", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph", "FileOutput", "TestSupport",
      ]),
    .testTarget(
      name: "ModelFilesTests", dependencies: ["ModelFiles", "Diagnosis", "SignalPropagation", "NetworkGraph", "TestSupport"]),
    .testTarget(
      name: "ReportRenderingTests",
      dependencies: [
        "ReportRendering", "TrainingRuns", "Diagnosis", "MeanField", "SignalPropagation", "DataSets", "NetworkGraph",
        "FileOutput", "TestSupport", "CPNG",
      ]),
    .testTarget(name: "InitScopeTests", dependencies: ["InitScope"]),
    .testTarget(name: "InitScopeTestingTests", dependencies: ["InitScopeTesting"]),
    .testTarget(name: "InitScopeCLITests", dependencies: ["InitScopeCLI", "InitScope"]),
  ]
)
