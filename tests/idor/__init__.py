"""One question asked at every door: does it show, or change, what is somebody else's?"""
