from ._predict_table import predict_table as predict_table
