import Testing
import TrainingRuns
