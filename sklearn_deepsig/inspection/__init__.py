"""What a fitted model looks at."""

from sklearn_deepsig.inspection._attribute import attribute
from sklearn_deepsig.inspection._attribution import Attribution

__all__ = ["Attribution", "attribute"]
