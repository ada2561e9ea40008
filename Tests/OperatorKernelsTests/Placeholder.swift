import Testing

@testable import OperatorKernels
