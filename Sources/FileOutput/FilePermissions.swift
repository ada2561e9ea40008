import Glibc

/// What a file that is replaced hands on to the new one.
enum FilePermissions {
  /// Mode, and owner and group where the system lets them be given away.
  static func copy(_ existing: stat, of path: String, to descriptor: Int32) throws(OutputError) {
    var own = stat()
    if fstat(descriptor, &own) == 0, own.st_uid != existing.st_uid || own.st_gid != existing.st_gid {
      // Not everybody may do this: a file of another owner, replaced in a directory of one's own, becomes one's own.
      if fchown(descriptor, existing.st_uid, existing.st_gid) != 0 { _ = fchown(descriptor, .max, existing.st_gid) }
    }
    guard fchmod(descriptor, existing.st_mode & 0o7777) == 0 else { throw OutputError(path: path, errno: errno) }
  }
}
