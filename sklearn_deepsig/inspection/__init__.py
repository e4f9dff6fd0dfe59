"""What a fitted model looks at."""

from sklearn_deepsig.inspection._attribution import Attribution, attribute

__all__ = ["Attribution", "attribute"]
