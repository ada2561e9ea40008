/// The program and command that made a picture, for the file's text chunks.
public struct PictureOrigin: Sendable, Equatable {
  /// The name and version of the program, "initscope 0.1.0".
  public var software: String
  /// The command line that makes the picture again.
  public var command: String

  public init(software: String, command: String) {
    self.software = software
    self.command = command
  }

  /// Encodes a PNG with the text chunks Title, Description, Software and Command.
  func encode(_ canvas: Canvas, title: String, description: String) throws(RenderingError) -> [UInt8] {
    try PNGImage.encode(
      canvas,
      texts: [
        PNGImage.Text("Title", title), PNGImage.Text("Description", description), PNGImage.Text("Software", software),
        PNGImage.Text("Command", command),
      ])
  }
}
