//! How well the matching recognises children (R8): precision and recall on synthetic
//! families, beside Splink and recordlinkage on the same records.

use std::{collections::BTreeMap, path::PathBuf};

use bench::{
    clock_face::{median, percentile, print_table, short},
    families::{
        measure::{Borough, Contact, Found, Pair, Run, Truth},
        peoples::Peoples,
        rival,
    },
};
use clap::Parser;
use intake::matching::{Band, Matcher, What};

/// Seeds to be measured on; parameters are counted on 1.
const SEEDS: [u64; 3] = [2, 3, 4];

/// Precision and recall of the matching, beside Splink and recordlinkage
#[derive(Parser)]
struct Arguments {
    /// Seeds of the families to measure on; the weights were counted on seed 1.
    #[arg(long, value_delimiter = ',', default_values_t = SEEDS)]
    seeds: Vec<u64>,
    /// Families; 70 % of their children are on the register.
    #[arg(long, default_value_t = 40_000)]
    families: u64,
    /// Contacts for each seed.
    #[arg(long, default_value_t = 6_000)]
    contacts: usize,
    /// Print what the evidence weighs, counted on the first seed, and nothing else.
    #[arg(long)]
    estimate: bool,
    /// Print some of the pairs that were judged wrongly.
    #[arg(long)]
    errors: bool,
    /// Without Splink and recordlinkage.
    #[arg(long)]
    alone: bool,
    /// Where the records and the Python environment are put.
    #[arg(long, default_value = ".mash/bench/matching")]
    folder: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let (peoples, matcher) = (Peoples::embedded()?, Matcher::embedded()?);
    for (place, &seed) in arguments.seeds.iter().enumerate() {
        let borough = Borough { seed, families: arguments.families, contacts: arguments.contacts };
        if arguments.estimate {
            estimate(&borough, &peoples, &matcher);
            return Ok(());
        }
        let rivals = !arguments.alone && place == 0;
        let run = borough.run(&peoples, &matcher, rivals || arguments.errors);
        print_found(&borough, &run);
        print_slips(&run);
        print_keys(&run);
        if arguments.errors {
            print_thresholds(&run);
            print_errors(&run);
        }
        if rivals {
            print_rivals(&run, &arguments)?;
        }
    }
    Ok(())
}

type Group = (&'static str, Box<dyn Fn(&Contact) -> bool>);

fn print_found(borough: &Borough, run: &Run) {
    println!(
        "\nseed {}: {} families, {} children on the register, {} contacts, {} pairs compared",
        borough.seed,
        borough.families,
        run.registered,
        run.contacts.len(),
        run.pairs.len(),
    );
    let by_number = run.by_number();
    let groups: [Group; 5] = [
        ("all contacts", Box::new(|_| true)),
        (
            "no number in common",
            Box::new(move |contact| !by_number.contains(&contact.record.child)),
        ),
        ("nothing went wrong", Box::new(|contact| contact.record.slips.is_empty())),
        ("a twin on the register", Box::new(|contact| contact.has_twin)),
        ("families of six and more", Box::new(|contact| contact.family_size >= 6)),
    ];
    let mut rows = Vec::new();
    for (name, about) in &groups {
        for (shown, band) in [("shown", Band::Possible), ("linked", Band::Certain)] {
            let found = run.found(band, about);
            rows.push(vec![
                (*name).to_owned(),
                shown.to_owned(),
                found.known.to_string(),
                found.right.to_string(),
                found.wrong.to_string(),
                format!("{:.4}", found.precision()),
                format!("{:.4}", found.recall()),
            ]);
        }
    }
    print_table(&["contacts", "", "known", "right", "wrong", "precision", "recall"], &rows);
    let wrong = |truth: Truth| {
        let shown = run.pairs.iter().filter(|pair| pair.score.band > Band::None);
        shown.filter(|pair| pair.truth == truth).count()
    };
    println!(
        "shown wrongly: {} strangers, {} brothers and sisters, {} twins",
        wrong(Truth::Stranger),
        wrong(Truth::Sibling),
        wrong(Truth::Twin)
    );
}

/// What other thresholds than that of the file would show.
fn print_thresholds(run: &Run) {
    let known = run.contacts.iter().filter(|contact| contact.is_registered).count();
    let mut rows = Vec::new();
    for bits in -4..=10 {
        let is_shown =
            |pair: &&Pair| pair.score.bits >= f64::from(bits) || pair.score.band >= Band::Likely;
        let shown = run.pairs.iter().filter(is_shown);
        let (right, wrong): (Vec<_>, Vec<_>) = shown.partition(|pair| pair.truth == Truth::Same);
        let found = Found { right: right.len(), wrong: wrong.len(), known };
        rows.push(vec![
            bits.to_string(),
            format!("{:.4}", found.precision()),
            format!("{:.4}", found.recall()),
        ]);
    }
    println!("\nwhat a threshold would show, in bits:");
    print_table(&["possible", "precision", "recall"], &rows);
}

fn print_slips(run: &Run) {
    let mut rows = Vec::new();
    for slip in bench::families::slips::Slip::ALL {
        let found = run.found(Band::Possible, |contact| contact.record.slips.contains(&slip));
        rows.push(vec![
            format!("{slip:?}"),
            found.known.to_string(),
            format!("{:.3}", found.recall()),
        ]);
    }
    println!("\nrecall of what is shown, by what went wrong on the contact:");
    print_table(&["", "known", "recall"], &rows);
}

fn print_keys(run: &Run) {
    let candidates = run.candidates();
    println!(
        "\nkeys: find {:.4} of the known; {:.1} held for each child; candidates of a contact: \
         median {}, 99 of 100 at most {}, most {}",
        run.recall_of_keys(),
        run.held_keys,
        short(median(&candidates)),
        short(percentile(&candidates, 0.99)),
        short(percentile(&candidates, 1.0))
    );
}

fn print_rivals(run: &Run, arguments: &Arguments) -> anyhow::Result<()> {
    let found = run.found(Band::Possible, |_| true);
    let mut rows = vec![vec![
        "mash".to_owned(),
        format!("{:.4}", found.precision()),
        format!("{:.4}", found.recall()),
        format!("{:.4}", run.recall_of_keys()),
        run.pairs.len().to_string(),
        "fixed beforehand".to_owned(),
    ]];
    for rival in rival::compare(run, &arguments.folder)? {
        rows.push(vec![
            rival.name,
            format!("{:.4}", rival.precision),
            format!("{:.4}", rival.recall),
            format!("{:.4}", rival.recall_of_blocking),
            rival.compared.to_string(),
            rival.threshold,
        ]);
    }
    println!("\nthe same records:");
    let head = ["", "precision", "recall", "recall of blocking", "compared", "threshold"];
    print_table(&head, &rows);
    Ok(())
}

/// The records are invented: they may be printed.
fn print_errors(run: &Run) {
    let register: BTreeMap<u64, _> =
        run.register.iter().map(|record| (record.child, record)).collect();
    let wrong = run
        .pairs
        .iter()
        .filter(|pair| (pair.score.band > Band::None) != (pair.truth == Truth::Same));
    for pair in wrong.take(80) {
        let reasons = pair.score.reasons.iter();
        let reasons = reasons.map(|reason| format!("{} {:.1}", reason.what.code(), reason.bits));
        let reasons: Vec<_> = reasons.collect();
        println!("{:?}, {:.1} bits: {}", pair.truth, pair.score.bits, reasons.join(", "));
        for record in [&run.contacts[pair.contact].record, register[&pair.child]] {
            let born = record.born.map(|date| date.to_string()).unwrap_or_default();
            println!("    {} | {born} | {} | {}", record.name, record.address, record.school);
        }
    }
}

/// The shares of each piece of evidence, as `[evidence]` of `matching.toml` has them.
fn estimate(borough: &Borough, peoples: &Peoples, matcher: &Matcher) {
    let mut counts: BTreeMap<What, [f64; 3]> = BTreeMap::new();
    for (truth, score) in borough.labelled(peoples, matcher, 60) {
        let side = match truth {
            Truth::Same => 0,
            Truth::Stranger => 1,
            Truth::Twin | Truth::Sibling => 2,
        };
        for reason in score.reasons {
            counts.entry(reason.what).or_insert([0.5; 3])[side] += 1.0;
        }
    }
    for what in What::ALL {
        let kind = |what: What| std::mem::discriminant(&what);
        let alike = counts.iter().filter(|(other, _)| kind(**other) == kind(what));
        let all =
            alike.fold([0.0; 3], |all, (_, counts)| [0, 1, 2].map(|side| all[side] + counts[side]));
        let own = counts.get(&what).copied().unwrap_or([0.5; 3]);
        let shares = [0, 1, 2].map(|side| own[side] / all[side].max(1.0));
        println!("{} = [{:.4}, {:.7}, {:.4}]", what.code(), shares[0], shares[1], shares[2]);
    }
}
