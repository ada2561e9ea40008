/// The error that a picture could not be drawn or encoded, because a library refused. Nothing in a report can cause it.
public struct RenderingError: Error, Equatable, CustomStringConvertible {
  public var library: String
  public var message: String

  package init(library: String, message: String) {
    self.library = library
    self.message = message
  }

  public var description: String {
    "cannot draw the picture: \(library) says \"\(message)\"; use --no-png to go without pictures"
  }
}
