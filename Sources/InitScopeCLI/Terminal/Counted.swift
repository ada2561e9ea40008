/// Numbers of things in words.
enum Counted {
  /// `1 file`, `2 files`.
  static func files(_ count: Int) -> String { count == 1 ? "1 file" : "\(count) files" }
}
