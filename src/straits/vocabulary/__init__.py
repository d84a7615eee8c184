"""What words mean: regions, periods, quantities, materials, errors."""
