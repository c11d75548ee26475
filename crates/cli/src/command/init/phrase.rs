//! Three words for a verification phrase: easy to remember, easy to read aloud, in a list of our own.

use trailbell_notice::Lang;

const ENGLISH: &str = "\
    acorn amber anchor apple autumn badger bamboo barley basket beacon birch blanket bridge butter \
    cabin candle carrot castle cedar cherry cinnamon cloud clover copper coral cotton cricket curtain \
    daisy dolphin donkey dragonfly ember falcon feather fern fiddle forest fountain garden ginger \
    glacier goose granite hammock harbour hazel hedgehog heron honey island ivory jasmine juniper \
    kettle kite ladder lantern lemon lighthouse lilac linen maple marble meadow melon mitten moss \
    mountain mustard needle nutmeg oatmeal olive orchard otter owl paddle pebble pepper piano pigeon \
    pillow plum pocket pumpkin quartz rabbit raven ribbon river robin rocket saffron salmon sandal \
    saucer silver sparrow spoon squirrel sunset swallow teapot thimble thunder timber tulip turnip \
    umbrella valley vanilla velvet violin walnut willow window winter";

const JAPANESE: &str = "\
    あさがお あひる いちご いちょう いなずま うぐいす うさぎ うちわ うみべ えだまめ えんぴつ おにぎり \
    おりがみ かえで かぜ かたつむり かぼちゃ かもめ からす かわせみ きつね きのこ くじら くも くるみ \
    けむり こおり こたつ こなゆき こま さくら さざなみ さつまいも しおかぜ しずく しろくま すいか \
    すすき すずめ すみれ せせらぎ そらまめ たいこ たけのこ たこやき たぬき たんぽぽ ちゃわん つくし \
    つばき つばめ てぶくろ とうだい とんぼ なすび なでしこ にじ ねこ のはら はちみつ はなび はまぐり \
    ひまわり ひつじ ふくろう ふうりん ふじさん ほたる まつぼっくり みかん みずうみ みつばち むぎ めだか \
    もくれん もみじ やかん やまびこ ゆきだるま ゆず よぞら らっこ りす りんご れんげ ろうそく わかめ \
    わたぐも";

/// Three different words.
pub(super) fn suggest(lang: Lang) -> String {
    let words = match lang {
        Lang::En => ENGLISH,
        Lang::Ja => JAPANESE,
    };
    fastrand::choose_multiple(words.split(' '), 3).join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_hold_different_words_and_so_does_a_phrase() {
        for (lang, list) in [(Lang::En, ENGLISH), (Lang::Ja, JAPANESE)] {
            let mut sorted: Vec<&str> = list.split(' ').collect();
            let count = sorted.len();
            sorted.sort_unstable();
            sorted.dedup();
            assert!(sorted.len() == count && count > 80 && !sorted.contains(&""));
            let phrase = suggest(lang);
            let mut words: Vec<&str> = phrase.split(' ').collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), 3, "{phrase}");
        }
    }
}
