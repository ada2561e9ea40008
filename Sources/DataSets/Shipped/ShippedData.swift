import CSampleData

/// The two data sets that are built into the program. Fixtures/datasets/ATTRIBUTION says where they come from.
public enum ShippedData {
  /// 1,797 handwritten digits, 8 x 8 pixels of 0 to 16, in 10 classes (Alpaydin and Kaynak 1998, UCI, CC BY 4.0).
  public static func digits() throws(DataError) -> ImageSet {
    let (table, labels) = try labelled(bytes(of: csampledata_digits), "digits")
    return ImageSet(
      name: "digits", pixels: table.map { UInt8($0) }, channels: 1, height: 8, width: 8, labels: labels, classCount: 10,
      maximumPixel: 16)
  }

  /// Four lengths, in centimetres, of 150 irises of 3 species, 50 each (Fisher 1936, UCI, CC BY 4.0).
  public static func iris() throws(DataError) -> FeatureTable {
    let (values, labels) = try labelled(bytes(of: csampledata_iris), "iris")
    return FeatureTable(
      name: "iris", values: values, features: 4,
      featureNames: ["sepal length", "sepal width", "petal length", "petal width"], labels: labels, classCount: 3)
  }

  private static func bytes(of set: (UnsafeMutablePointer<Int>) -> UnsafePointer<UInt8>) -> [UInt8] {
    var size = 0
    let start = set(&size)
    return Array(UnsafeBufferPointer(start: start, count: size))
  }

  /// Reads a table whose last column is the class, whatever its header calls it.
  private static func labelled(_ bytes: [UInt8], _ name: String) throws(DataError) -> (values: [Float], labels: [Int]) {
    let table = try CSVReader.read(GzipReader(contents: bytes, path: name))
    let columns = table.featureCount
    let indices = table.values.indices
    return (
      indices.filter { $0 % columns < columns - 1 }.map { table.values[$0] },
      indices.filter { $0 % columns == columns - 1 }.map { Int(table.values[$0]) }
    )
  }
}
