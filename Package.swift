// swift-tools-version: 6.1
import PackageDescription

// A module depends only on modules that stand below it in this list; tests, at the end, depend on any of them.
// Tests/InitScopeTests/PackageOrderTests.swift checks this.
let package = Package(
  name: "InitScope",
  products: [
    .library(name: "InitScope", targets: ["InitScope"]),
    .executable(name: "initscope", targets: ["InitScopeCLI"]),
    // Expectations about initialization for your own tests, in Swift Testing and XCTest.
    .library(name: "InitScopeTesting", targets: ["InitScopeTesting"]),
    // Random streams, weight samplers and matrix products, without the rest.
    .library(name: "TensorKernels", targets: ["TensorKernels"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
    // For `make docs` only: no target uses it.
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.5"),
  ],
  targets: [
    // The command `initscope`.
    .executableTarget(
      name: "InitScopeCLI",
      dependencies: [
        "InitScope", "TensorKernels", "Spelling", "NumberText", "CHDF5",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Rainbow", package: "Rainbow"),
      ]),

    // Expectations, for Swift Testing and XCTest, both of which come with the toolchain.
    .target(name: "InitScopeTesting", dependencies: ["InitScope", "NumberText"]),

    // One import for users of the library: it re-exports the modules below.
    .target(
      name: "InitScope",
      dependencies: [
        "ReportRendering", "ModelFiles", "KerasFiles", "Diagnosis", "TrainingRuns", "MeanField", "GraphImport",
        "SignalPropagation", "WeightAudit", "WeightWriting", "TensorFiles", "HDF5Files", "DataSets", "SampleStatistics",
        "NetworkGraph", "FileOutput", "ONNXFiles",
      ]),

    // Writes reports: PNG, JSON, CSV, JUnit, SARIF, Markdown.
    .target(
      name: "ReportRendering",
      dependencies: [
        "Diagnosis", "TrainingRuns", "MeanField", "SignalPropagation", "WeightAudit", "NetworkGraph",
        "FileOutput", "TensorKernels", "Spelling", "NumberText", "CCairo", "CPNG", "CFont",
      ]),
    // Reads files of networks in whatever format, and reads and writes YAML files of bounds.
    .target(
      name: "ModelFiles",
      dependencies: [
        "KerasFiles", "Diagnosis", "SignalPropagation", "WeightAudit", "TensorFiles", "HDF5Files", "DataSets",
        "NetworkGraph", "Spelling", "NumberText",
        .product(name: "Yams", package: "Yams"),
      ]),

    // Reads models and weights of Keras. Of DataSets it uses the reader of zip archives.
    .target(name: "KerasFiles", dependencies: ["HDF5Files", "DataSets", "OperatorKernels", "NetworkGraph"]),

    // Compares prediction with measurement: rules, findings, verdicts, bounds.
    .target(
      name: "Diagnosis",
      dependencies: [
        "TrainingRuns", "MeanField", "SignalPropagation", "Execution", "DataSets", "SampleStatistics", "TensorKernels",
        "NetworkGraph", "Spelling", "NumberText", "CTrainability",
      ]),

    // Trains networks, to see whether predictions come true.
    .target(
      name: "TrainingRuns",
      dependencies: [
        "Execution", "OperatorKernels", "LayerKernels", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph",
        "Spelling", "FileOutput",
      ]),

    // Predicts by mean-field theory. It does not use the engine below, so that prediction and measurement stay independent.
    .target(name: "MeanField", dependencies: ["SampleStatistics", "NetworkGraph"]),

    // Turns ONNX files into graphs with measuring points.
    .target(
      name: "GraphImport",
      dependencies: [
        "ONNXFiles", "TensorFiles", "DataSets", "Execution", "OperatorKernels", "TensorKernels", "NetworkGraph",
        "NumberText",
      ]),
    // Writes a model's weights: safetensors, npz, ONNX, HDF5.
    .target(
      name: "WeightWriting",
      dependencies: ["SignalPropagation", "ONNXFiles", "NetworkGraph", "FileOutput", "Spelling", "CZlib"]),
    // Measures: runs a network forward and backward and reads every layer.
    .target(
      name: "SignalPropagation",
      dependencies: [
        "Execution", "OperatorKernels", "LayerKernels", "DataSets", "SampleStatistics", "TensorKernels", "NetworkGraph",
        "Spelling",
      ]),
    // Judges the weights of a file that another program drew: roles, laws, schemes, rules.
    .target(
      name: "WeightAudit",
      dependencies: ["TensorFiles", "DataSets", "SampleStatistics", "TensorKernels", "NumberText"]),
    // Reads files of named tensors: safetensors, PyTorch archives and npz by blocks, Keras's weights as a whole. Of DataSets
    // it uses what reads zip archives and NumPy's headers.
    .target(name: "TensorFiles", dependencies: ["HDF5Files", "DataSets", "TensorKernels"]),
    // Reads HDF5 files through a process of its own. Of DataSets it uses the error.
    .target(name: "HDF5Files", dependencies: ["DataSets"]),
    // Reads data sets. Of TensorKernels it uses only random streams, for splits and synthetic sets; of NetworkGraph only
    // shapes.
    .target(name: "DataSets", dependencies: ["NetworkGraph", "Spelling", "TensorKernels", "CZlib", "CSampleData"]),
    // Runs a graph forward and backward: order, memory, scales, observers.
    .target(name: "Execution", dependencies: ["OperatorKernels", "TensorKernels", "NetworkGraph"]),
    // Computes one layer forward and backward on plain arrays. Audits and training share it. Of OperatorKernels it uses the
    // passes of convolutions.
    .target(name: "LayerKernels", dependencies: ["OperatorKernels", "TensorKernels", "NetworkGraph", "CTensorKernels"]),
    // Computes one operator of a graph forward and backward, one file each. Nothing is kept between passes.
    .target(name: "OperatorKernels", dependencies: ["TensorKernels", "NetworkGraph", "COneDNNLayers", "CTensorKernels"]),
    // Moments, estimates, intervals and quadrature, by the GNU Scientific Library.
    .target(name: "SampleStatistics", dependencies: ["CGSL"]),
    // Random streams, samplers, matrix products, elementwise functions and worker threads.
    .target(name: "TensorKernels", dependencies: ["NetworkGraph", "CTensorKernels", "COneDNN", "COpenBLAS"]),

    // Reads ONNX files as they are, and interprets nothing.
    .target(name: "ONNXFiles", dependencies: ["Spelling"]),

    // Writes files so that each appears whole or not at all.
    .target(name: "FileOutput"),

    // Describes networks: layers, shapes, activations, initializers.
    .target(name: "NetworkGraph", dependencies: ["Spelling", "NumberText"]),

    // Finds the nearest known name for "Did you mean ...?", and makes text safe for a terminal.
    .target(name: "Spelling"),

    // Writes numbers for people: significant digits, powers of ten, percentages.
    .target(name: "NumberText"),

    // C code and C libraries. One Swift module imports each of them; three import CTensorKernels.
    .target(name: "CTensorKernels"),
    .target(name: "CFont", exclude: ["Inter-Regular.otf", "Inter-SemiBold.otf", "OFL.txt"]),
    .target(name: "CSampleData"),
    // The coefficients of the verdict's model.
    .target(name: "CTrainability"),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png")]),
    .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
    // Reads HDF5 files in a process of its own, into which it loads libhdf5 when it runs.
    .target(name: "CHDF5", linkerSettings: [.linkedLibrary("dl")]),
    // The only code that depends on the version of oneDNN.
    .target(name: "COneDNNLayers", linkerSettings: [.linkedLibrary("dnnl")]),
    .systemLibrary(name: "CGSL"),
    .systemLibrary(name: "COneDNN"),
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo-ft"),

    // Shared by tests: where fixtures are, comparisons of long arrays, reproducible random words.
    .target(name: "TestSupport", path: "Tests/TestSupport"),

    .testTarget(name: "TestSupportTests", dependencies: ["TestSupport"]),
    .testTarget(name: "NumberTextTests", dependencies: ["NumberText"]),
    .testTarget(name: "SpellingTests", dependencies: ["Spelling"]),
    .testTarget(name: "FileOutputTests", dependencies: ["FileOutput"]),
    .testTarget(name: "ONNXFilesTests", dependencies: ["ONNXFiles", "TestSupport"]),
    .testTarget(
      name: "GraphImportTests",
      dependencies: [
        "GraphImport", "SignalPropagation", "TrainingRuns", "ONNXFiles", "Execution", "OperatorKernels", "TensorKernels",
        "NetworkGraph", "DataSets", "TestSupport",
      ]),
    .testTarget(
      name: "WeightWritingTests",
      dependencies: [
        "WeightWriting", "GraphImport", "SignalPropagation", "ONNXFiles", "TensorFiles", "NetworkGraph", "DataSets",
        "TestSupport",
      ]),
    .testTarget(name: "NetworkGraphTests", dependencies: ["NetworkGraph", "TestSupport"]),
    .testTarget(
      name: "TensorKernelsTests",
      dependencies: ["TensorKernels", "NetworkGraph", "TestSupport", "CGSL", "CTensorKernels"]),
    .testTarget(name: "LayerKernelsTests", dependencies: ["LayerKernels", "TensorKernels", "NetworkGraph", "TestSupport"]),
    .testTarget(
      name: "OperatorKernelsTests",
      dependencies: ["OperatorKernels", "NetworkGraph", "ONNXFiles", "TestSupport"]),
    .testTarget(
      name: "ExecutionTests",
      dependencies: ["Execution", "OperatorKernels", "TensorKernels", "NetworkGraph", "TestSupport"]),
    .testTarget(name: "SampleStatisticsTests", dependencies: ["SampleStatistics", "TestSupport", "CGSL"]),
    .testTarget(name: "MeanFieldTests", dependencies: ["MeanField", "SampleStatistics", "NetworkGraph", "TestSupport"]),
    .testTarget(name: "DataSetsTests", dependencies: ["DataSets", "NetworkGraph", "TestSupport", "CZlib"]),
    .testTarget(name: "HDF5FilesTests", dependencies: ["HDF5Files"]),
    .testTarget(name: "TensorFilesTests", dependencies: ["TensorFiles", "DataSets", "TestSupport"]),
    .testTarget(
      name: "WeightAuditTests",
      dependencies: ["WeightAudit", "ModelFiles", "TensorFiles", "DataSets", "SampleStatistics", "TestSupport"]),
    .testTarget(
      name: "SignalPropagationTests",
      dependencies: [
        "SignalPropagation", "DataSets", "TensorKernels", "NetworkGraph", "TestSupport", "CGSL",
      ]),
    .testTarget(
      name: "DiagnosisTests",
      dependencies: [
        "InitScope", "Diagnosis", "MeanField", "TrainingRuns", "SignalPropagation", "DataSets", "SampleStatistics",
        "NetworkGraph", "TestSupport", "CTrainability", "TensorKernels",
      ]),
    .testTarget(
      name: "TrainingRunsTests",
      dependencies: [
        "TrainingRuns", "DataSets", "NetworkGraph", "FileOutput", "TestSupport",
      ]),
    .testTarget(name: "KerasFilesTests", dependencies: ["KerasFiles", "NetworkGraph", "TestSupport"]),
    .testTarget(
      name: "ModelFilesTests",
      dependencies: [
        "ModelFiles", "Diagnosis", "SignalPropagation", "NetworkGraph", "WeightAudit", "TestSupport", "DataSets",
      ]),
    .testTarget(
      name: "ReportRenderingTests",
      dependencies: [
        "ReportRendering", "TrainingRuns", "Diagnosis", "MeanField", "SignalPropagation", "DataSets", "NetworkGraph",
        "FileOutput", "NumberText", "TestSupport", "CPNG",
      ]),
    .testTarget(name: "InitScopeTests", dependencies: ["InitScope", "TestSupport"]),
    .testTarget(name: "InitScopeTestingTests", dependencies: ["InitScopeTesting"]),
    .testTarget(name: "InitScopeCLITests", dependencies: ["InitScopeCLI", "InitScope", "TestSupport"]),
  ]
)

// Every module's folder has a README for people, which is nothing to compile.
for target in package.targets where target.path == nil && (target.type == .regular || target.type == .executable) {
  target.exclude.append("README.md")
}
