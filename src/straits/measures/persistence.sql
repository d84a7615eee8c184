-- question: In how many of the last years was a flag up, and is the dependency established (GeoDep c4)?
-- formula: years flagged within the window that ends in the period; c4: c1, c2 and c3 together in at least
--          $c4_years of the last $c4_window years.  A year in which the product is traded worldwide but not
--          imported counts as not flagged; a year without any trade of the code is unknown
-- unit: years; c4 boolean, null when the unknown years could decide
-- source: CEPII, GeoDep (2024), criterion 4
-- inputs: screen, world_exports, pairs
select
    n.dependent,
    n.period,
    n.product,
    y.years_known,
    cast(count(case when s.c1 then 1 end) as bigint) as c1_years,
    cast(count(case when s.c2 then 1 end) as bigint) as c2_years,
    cast(count(case when s.c3 then 1 end) as bigint) as c3_years,
    cast(count(case when s.cdi1 then 1 end) as bigint) as cdi1_years,
    cast(count(case when s.cdi2 then 1 end) as bigint) as cdi2_years,
    cast(count(case when s.cdi3 then 1 end) as bigint) as cdi3_years,
    cast(count(case when s.crma65 then 1 end) as bigint) as crma65_years,
    case
        when count(case when s.recent and s.c1 and s.c2 and s.c3 then 1 end) >= $c4_years then true
        when count(case when s.recent and s.c1 and s.c2 and s.c3 then 1 end) + $c4_window - y.recent_known
            < $c4_years then false
    end as c4,
    case
        when count(case when s.recent and s.c1_low and s.c2_low and s.c3_low then 1 end) >= $c4_years then true
        when count(case when s.recent and s.c1_low and s.c2_low and s.c3_low then 1 end) + $c4_window - y.recent_known
            < $c4_years then false
    end as c4_low,
    case
        when count(case when s.recent and s.c1_high and s.c2_high and s.c3_high then 1 end) >= $c4_years then true
        when count(case when s.recent and s.c1_high and s.c2_high and s.c3_high then 1 end) + $c4_window
            - y.recent_known < $c4_years then false
    end as c4_high
from (
    select d.dependent, w.period, w.product
    from (select distinct dependent from pairs) as d
    cross join world_exports as w
    where w.period >= $from
) as n
join (
    select
        w.period,
        w.product,
        cast(count(e.period) as bigint) as years_known,
        cast(count(case when year(w.period) - year(e.period) < $c4_window then 1 end) as bigint) as recent_known
    from world_exports as w
    join world_exports as e
        on e.product = w.product and year(w.period) - year(e.period) between 0 and $window - 1
    where w.period >= $from
    group by w.period, w.product
) as y on y.period = n.period and y.product = n.product
left join (
    select h.*, t.period as until, year(t.period) - year(h.period) < $c4_window as recent
    from screen as h
    join (select distinct period from world_exports where period >= $from) as t
        on year(t.period) - year(h.period) between 0 and $window - 1
) as s on s.dependent = n.dependent and s.product = n.product and s.until = n.period
group by n.dependent, n.period, n.product, y.years_known, y.recent_known
