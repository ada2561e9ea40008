/// The head of one field in protobuf's wire format: its number, how it is encoded, and for bytes where they are.
///
/// Source: Protocol Buffers, "Encoding".
struct WireField {
  /// How a value is encoded.
  enum Kind: String {
    case varint = "a whole number (wire type 0)"
    case fixed64 = "eight bytes (wire type 1)"
    case bytes = "bytes with a length (wire type 2)"
    case fixed32 = "four bytes (wire type 5)"
  }

  var number: Int
  var kind: Kind
  /// Where the field's tag starts.
  var offset: Int
  /// For `.bytes` where they are, checked to lie within the message; empty for others.
  var range: Range<Int>
}
