import CCairo
import CPNG
import CFont
