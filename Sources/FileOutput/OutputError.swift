import Glibc

/// An error that says why a file could not be written, and what to do about it.
public struct OutputError: Error, Equatable, CustomStringConvertible {
  public enum Reason: Sendable, Equatable {
    /// The path names a directory.
    case isDirectory
    /// A directory on the way does not exist.
    case noSuchDirectory
    /// Something on the way is a file, not a directory.
    case notADirectory
    /// Permission is missing, or the file system is read-only.
    case notWritable
    /// The path is empty.
    case emptyName
    /// Symbolic links lead to each other in a circle.
    case linkLoop
    /// Two files of one set have the same path.
    case namedTwice
    /// Another process holds the directory's lock.
    case busy
    /// The disk or the quota is full.
    case full
    /// Any other error of the operating system, by its number.
    case system(Int32)
  }

  public var path: String
  public var reason: Reason

  package init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  init(path: String, errno code: Int32) {
    let reason: Reason =
      switch code {
      case EISDIR: .isDirectory
      case ENOENT: .noSuchDirectory
      case ENOTDIR: .notADirectory
      case EACCES, EPERM, EROFS: .notWritable
      case ELOOP: .linkLoop
      case ENOSPC, EDQUOT, EFBIG: .full
      default: .system(code)
      }
    self.init(path: path, reason: reason)
  }

  public var message: String {
    switch reason {
    case .isDirectory: "it is a directory"
    case .noSuchDirectory: "its directory does not exist"
    case .notADirectory: "a part of the path is a file, not a directory"
    case .notWritable: "permission denied or read-only file system"
    case .emptyName: "its name is empty"
    case .linkLoop: "its symbolic links lead to each other"
    case .namedTwice: "two results would be written to it"
    case .busy: "another process has been writing there for a minute"
    case .full: "no space left"
    case .system(let code): String(cString: strerror(code))
    }
  }

  public var remedy: String {
    switch reason {
    case .isDirectory: "name a file inside it"
    case .noSuchDirectory: "create the directory first"
    case .notADirectory, .notWritable, .system: "choose another place"
    case .emptyName: "give it a name"
    case .linkLoop: "name the file itself"
    case .namedTwice: "give each its own name"
    case .busy: "end that process, or choose another place"
    case .full: "free some space or choose another place"
    }
  }

  public var description: String { "cannot write \(path): \(message); \(remedy)" }
}
