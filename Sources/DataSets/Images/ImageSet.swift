/// Images of unsigned bytes with their labels, kept as bytes and converted to `Float` for the samples asked for.
public struct ImageSet: DivisibleSampleSet {
  public let name: String
  public let count: Int
  /// The number of images in the file; the first `count` of them are held.
  public let totalCount: Int
  public let channels: Int
  public let height: Int
  public let width: Int
  public let labels: [Int]?
  public let classCount: Int?
  public let classNames: [String]?
  /// The pixel value that `Scaling.unit` maps to 1.
  public let maximumPixel: UInt8
  /// The mean and population deviation of all held images' pixels, in 0...255; for a test set, those of its training set.
  public private(set) var pixelStandardization: Standardization
  /// `[count, channels, height, width]`, row-major.
  private let pixels: [UInt8]

  public var standardization: Standardization? { pixelStandardization }
  public var shape: [Int] { [channels, height, width] }

  /// Makes a set from images in memory.
  ///
  /// - Parameters:
  ///   - name: what the set is called.
  ///   - pixels: `[count, channels, height, width]`, row-major.
  ///   - channels: 1 for grey images, 3 for colours.
  ///   - height: rows of pixels.
  ///   - width: columns of pixels.
  ///   - labels: a class for every image, or nil.
  ///   - classCount: the number of classes, above every label; needed where there are labels.
  ///   - classNames: what the classes are called, or nil.
  ///   - totalCount: images in the set that these are the first of; these images by default.
  ///   - maximumPixel: the largest value a pixel can have, not 0.
  public init(
    name: String, pixels: [UInt8], channels: Int, height: Int, width: Int, labels: [Int]? = nil, classCount: Int? = nil,
    classNames: [String]? = nil, totalCount: Int? = nil, maximumPixel: UInt8 = 255
  ) {
    precondition(maximumPixel > 0, "pixels need a range")
    let features = channels * height * width
    precondition(
      channels > 0 && height > 0 && width > 0 && !pixels.isEmpty && pixels.count % features == 0,
      "\(pixels.count) pixels do not make images of \(channels) x \(height) x \(width)")
    let count = pixels.count / features
    precondition(labels.map { $0.count == count } ?? true, "\(labels?.count ?? 0) labels for \(count) images")
    if let labels {
      precondition(
        labels.allSatisfy { $0 >= 0 && $0 < classCount ?? 0 },
        "labels beyond \(classCount ?? 0) classes: \(labels.max() ?? 0)")
    }
    self.name = name
    self.pixels = pixels
    self.count = count
    self.totalCount = totalCount ?? count
    (self.channels, self.height, self.width) = (channels, height, width)
    self.labels = labels
    self.classCount = labels == nil ? nil : classCount
    self.classNames = labels == nil ? nil : classNames
    self.maximumPixel = maximumPixel
    pixelStandardization = Self.standardization(of: pixels)
  }

  /// Reads a pair of IDX files, gzip-compressed or plain.
  ///
  /// - Parameters:
  ///   - name: what the set is called.
  ///   - imagesPath: the file of the images.
  ///   - labelsPath: the file of their classes.
  ///   - limit: the number of images to hold, nil for all. Labels are read in full, so that the number of classes
  ///     and the agreement of both counts do not depend on it.
  /// - Throws: `DataError` naming the file, the byte and the remedy.
  public init(name: String, imagesPath: String, labelsPath: String, limit: Int? = nil) throws(DataError) {
    precondition(limit ?? 1 > 0, "a limit of \(limit ?? 0) images")
    let labels = try IDXReader.read(path: labelsPath, rank: 1, what: "labels")
    let images = try IDXReader.read(path: imagesPath, rank: 3, what: "images", limit: limit)
    guard images.dimensions[0] == labels.dimensions[0] else {
      throw DataError(
        path: imagesPath, position: .byte(4),
        "declares \(images.dimensions[0]) images where \(labelsPath) has \(labels.dimensions[0]) labels",
        hint: "Give the two files of one set")
    }
    self.init(
      name: name, pixels: images.bytes, channels: 1, height: images.dimensions[1], width: images.dimensions[2],
      labels: labels.bytes.prefix(images.heldCount).map(Int.init), classCount: Int(labels.bytes.max() ?? 0) + 1,
      totalCount: images.dimensions[0])
  }

  public func fill(_ destination: UnsafeMutableBufferPointer<Float>, indices: some Collection<Int>, scaling: Scaling) {
    checkFill(destination, indices)
    let features = featureCount
    let table = lookup(scaling)
    table.withUnsafeBufferPointer { table in
      pixels.withUnsafeBufferPointer { pixels in
        var output = 0
        for index in indices {
          for pixel in pixels[index * features..<(index + 1) * features] {
            destination[output] = table[Int(pixel)]
            output += 1
          }
        }
      }
    }
  }

  /// These images scaled with the mean and deviation of `training`, as a test set should be.
  public func scaled(like training: ImageSet) -> ImageSet {
    var set = self
    set.pixelStandardization = training.pixelStandardization
    return set
  }

  /// The images at `indices`, each within `0..<count`, at least one; classes keep their numbers.
  public func subset(_ indices: [Int]) -> ImageSet {
    precondition(!indices.isEmpty && indices.allSatisfy { $0 >= 0 && $0 < count }, "indices beyond \(count) images, or none")
    var chosen: [UInt8] = []
    chosen.reserveCapacity(indices.count * featureCount)
    for index in indices { chosen += pixels[index * featureCount..<(index + 1) * featureCount] }
    return ImageSet(
      name: name, pixels: chosen, channels: channels, height: height, width: width,
      labels: labels.map { labels in indices.map { labels[$0] } }, classCount: classCount, classNames: classNames,
      totalCount: totalCount, maximumPixel: maximumPixel)
  }

  /// These images with the labels of another file.
  func labelled(_ labels: [Int]?, classCount: Int?, classNames: [String]? = nil) -> ImageSet {
    ImageSet(
      name: name, pixels: pixels, channels: channels, height: height, width: width, labels: labels, classCount: classCount,
      classNames: classNames, totalCount: totalCount, maximumPixel: maximumPixel)
  }

  /// A table with the scaled value of each of the 256 pixel values, rounded once from Double.
  private func lookup(_ scaling: Scaling) -> [Float] {
    (0..<256).map { value in
      switch scaling {
      case .standardized: Float(pixelStandardization.apply(Double(value)))
      case .unit: Float(Double(value) / Double(maximumPixel))
      case .symmetric: Float(2 * Double(value) / Double(maximumPixel) - 1)
      case .raw: Float(value)
      }
    }
  }

  /// Computes `sum x / n` and `sqrt(n sum x^2 - (sum x)^2) / n` with exact integer sums, so that the variance cannot cancel.
  private static func standardization(of pixels: [UInt8]) -> Standardization {
    var sum: UInt64 = 0
    var squares: UInt64 = 0
    pixels.withUnsafeBufferPointer { pixels in
      for pixel in pixels {
        sum &+= UInt64(pixel)
        squares &+= UInt64(UInt32(pixel) * UInt32(pixel))
      }
    }
    let n = Double(pixels.count)
    let scaledVariance = UInt128(pixels.count) * UInt128(squares) - UInt128(sum) * UInt128(sum)
    return Standardization(mean: Double(sum) / n, deviation: Double(scaledVariance).squareRoot() / n)
  }
}
