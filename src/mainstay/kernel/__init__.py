"""Pure foundations without Django: money, periods, errors."""
