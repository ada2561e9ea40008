import Glibc

extension PictureOrigin {
  /// Text chunks come before the pixels, and are shorter than this.
  private static let beginning = 1 << 16

  /// Reads what made the picture at `path`; nil where InitScope did not make it.
  init?(of path: String) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: Self.beginning)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    self.init(png: bytes[..<count])
  }

  /// Reads what made a picture.
  ///
  /// - Parameter png: A PNG's beginning, up to its pixels.
  init?(png bytes: ArraySlice<UInt8>) {
    guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) else { return nil }
    var texts: [String: String] = [:]
    var place = bytes.startIndex + 8
    // Length, type, data, checksum.
    while bytes.endIndex - place >= 12 {
      let length = bytes[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
      let type = bytes[(place + 4)..<(place + 8)]
      guard length <= bytes.endIndex - place - 12, !type.elementsEqual("IDAT".utf8) else { break }
      let data = bytes[(place + 8)..<(place + 8 + length)]
      let isInternational = type.elementsEqual("iTXt".utf8)
      if isInternational || type.elementsEqual("tEXt".utf8), let end = data.firstIndex(of: 0) {
        var value = data[(end + 1)...]
        if isInternational {
          // Two bytes about compression; language and translated keyword, each ended by a zero.
          value = value.dropFirst(2)
          for _ in 0..<2 { value = value.firstIndex(of: 0).map { value[($0 + 1)...] } ?? [] }
        }
        texts[String(decoding: data[..<end], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
      }
      place += 12 + length
    }
    guard let software = texts["Software"], let command = texts["Command"], software.hasPrefix("initscope") else {
      return nil
    }
    self.init(software: software, command: command)
  }
}
