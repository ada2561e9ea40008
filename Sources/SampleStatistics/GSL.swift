import CGSL

/// GSL's process-wide state: its default handler aborts the process on an error.
enum GSL {
  /// Touch before the first call: turns the aborting handler off, so that statuses come back and are checked.
  static let prepared: Void = {
    gsl_set_error_handler_off(); return
  }()
}
