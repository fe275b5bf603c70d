"""Things beside each other: layers for the same task, whole networks, a network before and after a change.

:mod:`~cnncalc.comparison.alternatives` sets layers that do the same beside each other, as lectures
do; :mod:`~cnncalc.comparison.networks` sets networks; :mod:`~cnncalc.comparison.changes` aligns two
networks layer by layer.
"""
