/// Imports all of InitScope: describe a network, audit it, write the report.
@_exported import DataSets
@_exported import Diagnosis
@_exported import FileOutput
@_exported import GraphImport
@_exported import HDF5Files
@_exported import KerasFiles
@_exported import MeanField
@_exported import ModelFiles
@_exported import NetworkGraph
@_exported import ONNXFiles
@_exported import ReportRendering
@_exported import SampleStatistics
@_exported import SignalPropagation
@_exported import TensorFiles
@_exported import TrainingRuns
@_exported import WeightAudit
@_exported import WeightWriting
