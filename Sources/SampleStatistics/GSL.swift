import CGSL

/// Sets up the GNU Scientific Library (GSL), whose default handler aborts the process on an error.
enum GSL {
  /// Turns GSL's aborting handler off, so that errors come back as status codes. Touch it before the first call.
  static let prepared: Void = {
    gsl_set_error_handler_off(); return
  }()
}
