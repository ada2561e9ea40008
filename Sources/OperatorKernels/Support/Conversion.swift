/// Conversions between element types that no value makes fail.
enum Conversion {
  /// A float cut towards zero; the least integer for NaN and for what is out of range, as processors have it.
  ///
  /// - Parameter value: Any float.
  @inline(__always)
  static func integer(_ value: Double) -> Int64 {
    // 2^63 is the first that does not fit.
    value >= -0x1p63 && value < 0x1p63 ? Int64(value) : Int64.min
  }
}
