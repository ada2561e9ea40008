import InitScope

/// Says on standard error how a model's file was understood.
enum ModelNotes {
  static func say(_ model: ModelFile?) {
    for note in model?.notes ?? [] { Console.message("Note: \(note)") }
  }
}
