extension InitializerEntry {
  static let orthogonal = InitializerEntry(
    name: "orthogonal", parameters: [.gain],
    summary: "Haar-distributed, with orthonormal rows or columns, whichever are fewer; a kernel is flattened to a matrix.",
    variance: "gain^2 / max(rows, columns)", distribution: "Haar measure on semi-orthogonal matrices",
    source: "Saxe, McClelland and Ganguli 2014, section 3; Mezzadri 2007, section 5"
  ) { arguments, _ in
    .orthogonal(gain: arguments.number("gain"), transposed: false)
  }
}

extension Initializer {
  /// A random orthogonal matrix; a non-square one has orthonormal rows or columns.
  public static let orthogonal = Initializer(.orthogonal)

  /// A random orthogonal matrix times `gain`.
  public static func orthogonal(gain: Double) -> Initializer { Initializer(.orthogonal, numbers: ["gain": gain]) }
}
