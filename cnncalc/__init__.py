"""The calculator for convolutional networks.

Shapes, parameters, connections, MACs, FLOPs, memory and receptive fields, each with its working
shown, from 5 to 20 lines of YAML; confirmed by PyTorch where it is installed.
"""
