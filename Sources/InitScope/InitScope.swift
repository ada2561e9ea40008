@_exported import NetworkGraph
