from ._read_review import read_review as read_review
from ._review import Review as Review
from ._review_row import ReviewRow as ReviewRow
from ._review_songs import review_songs as review_songs
