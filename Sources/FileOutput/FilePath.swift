import Glibc

/// Functions on paths as text.
package enum FilePath {
  /// The directory part of a path: `.` for a bare name, `/` for a name in the root.
  package static func directory(of path: String) -> String {
    var trimmed = Substring(path)
    while trimmed.utf8.count > 1, trimmed.utf8.last == UInt8(ascii: "/") { trimmed.removeLast() }
    guard let slash = trimmed.lastIndex(of: "/") else { return "." }
    let head = trimmed[..<slash]
    return head.allSatisfy { $0 == "/" } ? "/" : String(head)
  }

  /// As many links as Linux follows before it reports a loop.
  private static let mostLinks = 40

  /// Follows the symbolic links at the end of `path`; the result need not exist. A path that is no link is returned as it
  /// is. A relative link starts from the directory in which it stands.
  package static func target(of path: String) throws(OutputError) -> String {
    var place = path
    for _ in 0...mostLinks {
      var status = stat()
      // With a slash at its end, a path means the directory to which the link leads.
      var bare = place
      while bare.utf8.count > 1, bare.utf8.last == UInt8(ascii: "/") { bare.removeLast() }
      guard lstat(bare, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return place }
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = readlink(bare, &buffer, Int(PATH_MAX))
      guard count > 0 else { throw OutputError(path: path, errno: errno) }
      let link = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
      let directory = directory(of: bare)
      place = link.hasPrefix("/") || directory == "." ? link : directory == "/" ? "/\(link)" : "\(directory)/\(link)"
    }
    throw OutputError(path: path, reason: .linkLoop)
  }
}
