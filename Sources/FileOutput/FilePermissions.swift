import Glibc

/// Copies the permissions of a file that is replaced to the new file.
enum FilePermissions {
  /// Copies the mode, and owner and group where the system allows it.
  static func copy(_ existing: stat, of path: String, to descriptor: Int32) throws(OutputError) {
    var own = stat()
    if fstat(descriptor, &own) == 0, own.st_uid != existing.st_uid || own.st_gid != existing.st_gid {
      // Only root may change the owner. For others, a replaced file becomes their own.
      if fchown(descriptor, existing.st_uid, existing.st_gid) != 0 { _ = fchown(descriptor, .max, existing.st_gid) }
    }
    guard fchmod(descriptor, existing.st_mode & 0o7777) == 0 else { throw OutputError(path: path, errno: errno) }
  }
}
