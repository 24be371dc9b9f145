"""Documents added and removed through the page: uploads, and the jobs that index them."""
