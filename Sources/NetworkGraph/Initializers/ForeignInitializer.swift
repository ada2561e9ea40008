import Spelling

/// Recognizes initializer names of other libraries (JAX, Flax, TensorFlow) and names the equivalent here.
enum ForeignInitializer {
  /// One library: how its names begin, and what its initializers are called here.
  private struct Library {
    var title: String
    /// How the library's names begin, folded and with the final dot; the longest match counts.
    var paths: [String]
    var names: [String: String]
  }

  /// JAX's variance scaling has the same truncation, correction and fans as Keras's; its named initializers have other
  /// defaults.
  private static let jax: [String: String] = [
    "glorotnormal": "keras.glorot_normal", "xaviernormal": "keras.glorot_normal", "glorotuniform": "keras.glorot_uniform",
    "xavieruniform": "keras.glorot_uniform", "henormal": "keras.he_normal", "kaimingnormal": "keras.he_normal",
    "heuniform": "keras.he_uniform", "kaiminguniform": "keras.he_uniform", "lecunnormal": "keras.lecun_normal",
    "lecununiform": "keras.lecun_uniform", "variancescaling": "keras.variance_scaling", "orthogonal": "keras.orthogonal",
    "deltaorthogonal": "delta_orthogonal", "normal": "keras.random_normal(stddev=0.01)",
    "uniform": "keras.random_uniform(minval=0,maxval=0.01)", "truncatednormal": "keras.truncated_normal(stddev=0.01)",
    "constant": "constant", "zeros": "zeros", "zerosinit": "zeros", "ones": "ones", "onesinit": "ones",
    "defaultkernelinit": "keras.lecun_normal", "defaultembedinit": "keras.variance_scaling(distribution=untruncated_normal)",
  ]

  private static let tensorFlow: [String: String] = [
    "glorotnormal": "keras.glorot_normal", "glorotnormalinitializer": "keras.glorot_normal",
    "xavierinitializer": "keras.glorot_uniform", "glorotuniform": "keras.glorot_uniform",
    "glorotuniforminitializer": "keras.glorot_uniform", "henormal": "keras.he_normal", "heuniform": "keras.he_uniform",
    "lecunnormal": "keras.lecun_normal", "lecununiform": "keras.lecun_uniform",
    "variancescaling": "keras.variance_scaling", "variancescalinginitializer": "keras.variance_scaling",
    "orthogonal": "keras.orthogonal", "orthogonalinitializer": "keras.orthogonal", "identity": "keras.identity",
    "randomnormal": "keras.random_normal", "randomnormalinitializer": "keras.random_normal",
    "randomuniform": "keras.random_uniform", "randomuniforminitializer": "keras.random_uniform",
    "truncatednormal": "keras.truncated_normal", "truncatednormalinitializer": "keras.truncated_normal",
    "constant": "keras.constant", "constantinitializer": "keras.constant", "zeros": "keras.zeros",
    "zerosinitializer": "keras.zeros", "ones": "keras.ones", "onesinitializer": "keras.ones",
  ]

  /// Haiku's own laws have wider defaults than JAX's.
  private static let haiku = jax.merging(
    [
      "randomnormal": "keras.random_normal(stddev=1)", "randomuniform": "keras.random_uniform(minval=0,maxval=1)",
      "truncatednormal": "keras.truncated_normal(stddev=1)", "identity": "identity",
    ]) { $1 }

  /// MXNet's Xavier takes 3 / average fan as the bound's square, which is Glorot's uniform; MSRAPrelu is He's normal for a
  /// slope of 0.25, over the average fan.
  private static let mxnet: [String: String] = [
    "xavier": "glorot_uniform", "msraprelu": "variance_scaling(scale=1.88235,mode=fan_avg,distribution=normal)",
    "normal": "normal(std=0.01)", "uniform": "uniform(low=-0.07,high=0.07)", "orthogonal": "orthogonal(gain=1.414)",
    "zero": "zeros", "zeros": "zeros", "one": "ones", "ones": "ones", "constant": "constant",
  ]

  private static let libraries = [
    Library(
      title: "JAX", paths: ["jax.nn.initializers.", "jax.nn.", "jax.initializers.", "jax."], names: jax),
    Library(
      title: "Flax",
      paths: [
        "flax.linen.initializers.", "flax.linen.", "flax.nnx.initializers.", "flax.nnx.", "flax.", "nn.initializers.",
        "nnx.initializers.", "linen.initializers.",
      ], names: jax),
    Library(title: "Haiku", paths: ["haiku.initializers.", "hk.initializers.", "haiku.", "hk."], names: haiku),
    Library(
      title: "MXNet",
      paths: ["mxnet.initializer.", "mxnet.init.", "mx.initializer.", "mx.init.", "mxnet.", "mx."], names: mxnet),
    Library(
      title: "TensorFlow",
      paths: [
        "tf.keras.initializers.", "tensorflow.keras.initializers.", "tf.compat.v1.keras.initializers.", "tf.compat.v1.",
        "tf.contrib.layers.", "tf.initializers.", "tf.keras.", "tensorflow.initializers.", "tensorflow.", "tf.",
      ], names: tensorFlow),
    Library(
      title: "Keras", paths: ["keras.layers.", "keras.initializers.", "keras.src.initializers."], names: tensorFlow),
    Library(
      title: "PyTorch", paths: ["torch.nn.init.", "torch.nn.", "torch.init.", "nn.init.", "init."], names: [:]),
  ]

  /// The error that names the equivalent initializer; nil where the name belongs to no known library.
  static func pointer(for name: String) -> SpecificationError? {
    let folded = Specification.folded(name)
    guard
      let (library, path) = libraries.flatMap({ library in library.paths.map { (library, $0) } })
        .filter({ folded.hasPrefix($0.1) }).max(by: { $0.1.count < $1.1.count })
    else { return nil }
    let rest = String(folded.dropFirst(path.count))
    // The last part of the name is looked up, whatever stands before it: `tf.keras.layers.he_normal`.
    let last = rest.split(separator: ".").last.map(String.init) ?? rest
    let key = last.filter { $0 != "_" }
    if let here = library.names[key] {
      return SpecificationError("`\(name)` is a name of \(library.title)", hint: "Write \(here), which draws the same")
    }
    let prefix = library.title == "PyTorch" ? "torch." : "keras."
    let candidates = InitializerCatalogue.all.entries.map(\.name).filter { $0.hasPrefix(prefix) }
    if let entry = InitializerCatalogue.all.entry(named: prefix + last) {
      return SpecificationError("`\(name)` is a name of \(library.title)", hint: "Write \(entry.name)")
    }
    let nearest = nearestName(to: prefix + last, among: candidates)
    return SpecificationError(
      "there is no initializer `\(name)`",
      hint: nearest.map { "Did you mean `\($0)`?" }
        ?? "What \(library.title) draws begins with `\(prefix)` here: `initscope list initializers` names them")
  }
}
