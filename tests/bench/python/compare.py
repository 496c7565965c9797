"""What Splink and recordlinkage make of the records of `matching`.

Reads contacts.csv and register.csv of a folder, prints one line of JSON on standard output.
Each program is set up as its own documentation advises for people. Splink learns without
labels on these records, recordlinkage with their truth. Both are then given the threshold that
is best for them here: the one with the highest recall at a precision of 0.99. The hub's weights
and threshold are fixed beforehand. The `child` column is the truth.
"""

import importlib.metadata
import json
import logging
import sys
import warnings
from pathlib import Path

import pandas as pd

AIM = 0.99
# Splink does without school and parents: with them it finds less (0.63 to 0.73 of the known
# instead of 0.88), since brothers and sisters share them.
COLUMNS = ["first_name", "surname", "dob", "sex", "nhs_number", "postcode"]


def read(path):
    frame = pd.read_csv(path, dtype=str)
    frame["unique_id"] = frame["unique_id"].astype(int)
    frame["sex"] = frame["sex"].where(frame["sex"] != "U")
    return frame


def best(name, scored, contacts, register, truth_among, compared):
    """The row of a program; `scored` has contact, register and score."""
    known = contacts["child"].isin(register["child"]).sum()
    is_same = (
        contacts["child"].to_numpy()[scored["contact"]]
        == register["child"].to_numpy()[scored["register"]]
    )
    scored = scored.assign(right=is_same).sort_values("score", ascending=False)
    right = scored["right"].cumsum()
    precision = right / range(1, len(scored) + 1)
    # Only between two scores is there a threshold.
    last = scored["score"].ne(scored["score"].shift(-1))
    fits = precision[(precision >= AIM) & last]
    row = {"name": f"{name} {importlib.metadata.version(name)}", "compared": int(compared)}
    row["recall_of_blocking"] = truth_among / known
    if fits.empty:
        at = (precision * right / known)[last].idxmax()
        row["threshold"] = "none has a precision of 0.99; the best product"
    else:
        at = right[fits.index].idxmax()
        row["threshold"] = f"the best for it here, {scored.loc[at, 'score']:.3f}"
    row["precision"], row["recall"] = float(precision[at]), float(right[at] / known)
    return row


def same_among(pairs, contacts, register):
    left = contacts["child"].to_numpy()[pairs["contact"]]
    return int((left == register["child"].to_numpy()[pairs["register"]]).sum())


def by_splink(contacts, register):
    import splink.comparison_library as compare
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    blocking = [
        block_on("nhs_number"),
        block_on("dob"),
        block_on("first_name", "surname"),
        block_on("postcode"),
        block_on("surname", "substr(dob, 1, 4)"),
        block_on("first_name", "substr(dob, 1, 4)"),
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            compare.ForenameSurnameComparison("first_name", "surname"),
            compare.DateOfBirthComparison("dob", input_is_string=True),
            compare.ExactMatch("sex"),
            compare.ExactMatch("nhs_number"),
            compare.ExactMatch("postcode"),
        ],
        blocking_rules_to_generate_predictions=blocking,
    )
    api = DuckDBAPI()
    frames = [
        api.register(frame[["unique_id", *COLUMNS]], dataset_display_name=name)
        for name, frame in (("contacts", contacts), ("register", register))
    ]
    linker = Linker(frames, settings)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("nhs_number"), block_on("first_name", "surname", "dob")], recall=0.7
    )
    training.estimate_u_using_random_sampling(max_pairs=2_000_000, seed=1)
    training.estimate_parameters_using_expectation_maximisation(
        block_on("dob"), record_sample_proportion=1.0
    )
    training.estimate_parameters_using_expectation_maximisation(
        block_on("first_name", "surname"), record_sample_proportion=1.0
    )
    found = linker.inference.predict().as_pandas_dataframe()
    flip = found["source_dataset_l"] != "contacts"
    left = found["unique_id_l"].where(~flip, found["unique_id_r"])
    right = found["unique_id_r"].where(~flip, found["unique_id_l"])
    scored = pd.DataFrame({"contact": left, "register": right, "score": found["match_weight"]})
    among = same_among(scored, contacts, register)
    return best("splink", scored, contacts, register, among, len(scored))


def by_recordlinkage(contacts, register):
    import recordlinkage

    contacts, register = contacts.set_index("unique_id"), register.set_index("unique_id")
    index = recordlinkage.Index()
    for columns in ["nhs_number", "dob", ["first_name", "surname"], "postcode"]:
        index.block(columns)
    pairs = index.index(contacts, register)
    compare = recordlinkage.Compare()
    compare.string("first_name", "first_name", method="jarowinkler", threshold=0.88, label="first")
    compare.string("surname", "surname", method="jarowinkler", threshold=0.88, label="last")
    compare.string("school", "school", method="jarowinkler", threshold=0.88, label="school")
    compare.string("adult", "adult", method="jarowinkler", threshold=0.88, label="adult")
    for column in ["dob", "sex", "nhs_number", "postcode"]:
        compare.exact(column, column, label=column)
    features = compare.compute(pairs, contacts, register)
    # Without labels (ECM) it takes brothers and sisters for one person; so it is told the
    # truth of these very records, which favours it.
    same = contacts["child"].loc[pairs.get_level_values(0)].to_numpy()
    same = same == register["child"].loc[pairs.get_level_values(1)].to_numpy()
    classifier = recordlinkage.LogisticRegressionClassifier()
    classifier.fit(features, pairs[same])
    chances = classifier.prob(features)
    scored = pd.DataFrame(
        {
            "contact": pairs.get_level_values(0),
            "register": pairs.get_level_values(1),
            "score": chances.to_numpy(),
        }
    )
    contacts, register = contacts.reset_index(), register.reset_index()
    among = same_among(scored, contacts, register)
    return best("recordlinkage", scored, contacts, register, among, len(scored))


def main():
    warnings.filterwarnings("ignore")
    folder = Path(sys.argv[1])
    contacts, register = read(folder / "contacts.csv"), read(folder / "register.csv")
    rows = [by_splink(contacts, register), by_recordlinkage(contacts, register)]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
