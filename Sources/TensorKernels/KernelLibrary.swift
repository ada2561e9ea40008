import COpenBLAS
import COneDNN
import CTensorKernels
import NetworkGraph
