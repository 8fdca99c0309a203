"""How the map page measures up: its size, its speed and its memory, beside folium's own way."""
