import Testing

/// The whole text of the help of the gate.
@Suite struct CheckHelpTests {
  @Test func check() throws {
    try expectHelp(
      of: "check", "--help",
      text: """
        OVERVIEW: Check a network's initialization against bounds, theory or an earlier
        audit, for use in CI.

        Audits the network and compares what it measures: with the bounds of a YAML
        file, or without one with theory and with what the initializers declare, and
        with an earlier audit where --baseline names one. A comparison fails only where
        chance does not explain it. Prints what changed or failed first, then what
        follows from it, and the answer last. Where the command line and the file
        differ, the command line wins.

        Exit status: 0 passed, 1 failed, 2 input could not be read, 64 usage.

        USAGE: initscope check [<options>] [<network>]

        ARGUMENTS:
        \(HelpText.network)
        \(HelpText.auditing)
          --weights <file>        Check a file of weights by itself: safetensors (also
                                  shards), a PyTorch archive, .npz, Keras or ONNX.
                                  --bounds then names tensors. With an ONNX file as the
                                  model, check that model with these weights.
          --bounds <file>         The bounds, in YAML.
          --baseline <file>       An earlier audit.json: fail where something differs
                                  from it by more than chance.
          --init-bounds <file>    Check nothing; write bounds around the present state
                                  to this file, - for standard output.
          --junit <file>          Also write JUnit XML.
          --sarif <file>          Also write SARIF 2.1.0.
          --markdown <file>       Also write Markdown, such as for a CI job's summary.
          --no-verdict            Do not predict whether the network trains, which
                                  saves time. Rules then judge alone.
          --legend                Explain the words and numbers of the table.
          --json                  Print one JSON document instead of the table.
          --quiet                 Print no table and no progress.
          --version               Show the version.
          -h, --help              Show help information.


        """)
  }
}
