"""What states restrict: the register of export controls, what they cover, since when, and what they answer."""
