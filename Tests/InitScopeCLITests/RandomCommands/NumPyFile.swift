import Foundation

/// NumPy's array files, version 1.0, of the types that are read.
enum NumPyFile {
  static func array(_ dice: inout Dice, shape: [Int], _ values: inout RandomValues) -> Data {
    let numbers = (0..<shape.reduce(1, *)).map { _ in values.next(&dice) }
    let fitsBytes = numbers.allSatisfy { (0...255).contains($0) && $0 == $0.rounded() }
    switch dice.whole(0...3) {
    case 0: return file("<f8", shape, numbers.map(\.bitPattern))
    case 1 where fitsBytes: return file("|u1", shape, numbers.map { UInt8($0) })
    case 2 where fitsBytes: return file("<i4", shape, numbers.map { Int32($0) })
    default: return file("<f4", shape, numbers.map { Float($0).bitPattern })
    }
  }

  static func labels(_ labels: [Int], _ dice: inout Dice) -> Data {
    dice.chance(0.5)
      ? file("<i8", [labels.count], labels.map(Int64.init)) : file("<i4", [labels.count], labels.map(Int32.init))
  }

  private static func file<Value: FixedWidthInteger>(_ type: String, _ shape: [Int], _ values: [Value]) -> Data {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    header += String(repeating: " ", count: 63 - (header.utf8.count + 10) % 64) + "\n"
    var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
    data.append(UInt16(header.utf8.count).littleEndian)
    data.append(Data(header.utf8))
    for value in values { data.append(value.littleEndian) }
    return data
  }
}
