from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn_deepsig.estimators._logsignature import LogSignatureTransformer
@parametrize_with_checks([LogSignatureTransformer()])
def test_c(estimator, check): check(estimator)
