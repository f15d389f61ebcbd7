"""A population to practise on: invented companies with a known answer to what is wrong with them."""
