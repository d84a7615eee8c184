-- question: How weak is governance in an economy in a year, on a scale from 0 (strong) to 1 (weak)?
-- formula: g = (2.5 - WGI) / 5, kept within 0 and 1; the newest estimate at most two years old
--          (the indicators appeared every second year until 2002); its standard error is SE / 5
-- unit: 0 to 1; an estimate published without its standard error has none here either
-- source: WGI: Kaufmann, Kraay and Mastruzzi (2010); rescaling as in the EU criticality method (Blengini et al. 2017,
--         there 0 to 10)
-- inputs: governance, years
select period, economy, newest.weakness as weakness, newest.weakness_error as weakness_error
from (
    select
        y.period,
        g.economy,
        max_by(
            {'weakness': least(1.0, greatest(0.0, (2.5 - g.value) / 5)), 'weakness_error': g.standard_error / 5},
            g.period
        ) as newest
    from years as y
    join governance as g on year(y.period) - year(g.period) between 0 and 2
    where g.indicator = $indicator
    group by y.period, g.economy
) as estimates
