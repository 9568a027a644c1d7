use super::*;
use serde_json::json;

#[test]
fn a_kind_has_its_attributes() {
    assert_eq!(all().count(), 64);
    let sites = kind(Level::Org, "sites").unwrap();
    assert_eq!((sites.collection.as_str(), sites.item.as_str()), ("orgs/{org_id}/sites", "sites"));
    assert_eq!(sites.key, ["name"]);
    assert!(kind(Level::Site, "rftemplates").is_none());
    assert_eq!(levels("wlans"), [Level::Org, Level::Site]);
    let macs = kind(Level::Org, "usermacs").unwrap();
    assert_eq!((macs.list.as_str(), macs.key[0].as_str()), ("orgs/{org_id}/usermacs/search", "mac"));
    assert!(kind(Level::Site, "uisettings").unwrap().changed_by_post);
    let guests = kind(Level::Site, "guests").unwrap();
    assert_eq!((guests.creation, guests.id.as_str()), (Creation::Put, "mac"));
    let profiles = kind(Level::Org, "deviceprofiles").unwrap();
    assert_eq!(profiles.query, Some(("type".to_owned(), ["ap", "switch", "gateway"].map(str::to_owned).to_vec())));
    assert!(kind(Level::Org, "evpn_topologies").unwrap().summary);
    let setting = kind(Level::Site, "setting").unwrap();
    assert!(setting.one && !setting.deletable && setting.key.is_empty());
}

#[test]
fn fields_are_known_at_every_depth() {
    let wlans = kind(Level::Org, "wlans").unwrap().schema;
    assert!(wlans.field("auth").schema.field("psk").secret);
    assert!(wlans.field("vlan_id").number_or_text);
    assert!(wlans.field("auth_servers").item().schema.field("secret").secret);
    assert_eq!(wlans.field("enabled").documented_default(), Some(json!(true)));
    assert_eq!(wlans.field("template_id").reference, Some("templates"));
    assert!(wlans.field("portal_sso_url").read_only && wlans.field("mxtunnel_ids").ids);
    let templates = kind(Level::Org, "networktemplates").unwrap().schema;
    let account = templates.field("switch_mgmt").schema.field("local_accounts").schema.field("anyone").schema;
    assert!(account.field("password").secret);
    assert_eq!(wlans.field("no such field"), Field::default());
}

#[test]
fn every_field_has_its_type() {
    let wlans = kind(Level::Org, "wlans").unwrap().schema;
    let ssid = wlans.field("ssid");
    assert!(ssid.text && ssid.required && ssid.is_plain() && !ssid.is_untyped());
    let bands = wlans.field("bands");
    assert!(bands.list && bands.text && !bands.required && bands.item().text && !bands.item().list);
    assert!(bands.item().values().any(|value| value == "5-dedicated"));
    let vlan = wlans.field("vlan_id");
    assert!(vlan.number_or_text && vlan.whole && !vlan.text);
    assert!(wlans.field("max_idletime").whole && wlans.field("enabled").boolean && wlans.field("auth").dictionary);
    assert_eq!(kind(Level::Org, "assets").unwrap().schema.field("mac").format, Some("mac"));
    assert!(kind(Level::Org, "vpns").unwrap().schema.field("paths").required);
    assert!(kind(Level::Org, "sites").unwrap().schema.field("latlng").schema.field("lat").number);
    let item = kind(Level::Org, "wlans").unwrap().schema.field("auth_servers").item();
    assert!(item.dictionary && !item.text && !item.list && item.schema.field("host").required);
    for kind in all() {
        let untyped: Vec<&str> =
            kind.schema.fields().filter(|(_, field)| field.is_untyped()).map(|(name, _)| name).collect();
        assert!(untyped.is_empty(), "{}: {untyped:?}", kind.word);
    }
}

#[test]
fn lists_have_keys_orders_and_names_and_nested_marks_are_decided() {
    let of = |level: Level, word: &str, path: &[&str]| {
        let mut field = Field { schema: kind(level, word).unwrap().schema, ..Field::default() };
        for step in path {
            let around = if field.list { field.item() } else { field };
            field = around.schema.field(step);
        }
        field
    };
    let servers = of(Level::Org, "wlans", &["auth_servers"]);
    assert_eq!((servers.key, servers.ordered), ("host,port", true));
    assert!(
        !of(Level::Org, "wlans", &["bands"]).ordered && of(Level::Org, "networktemplates", &["dns_servers"]).ordered
    );
    assert_eq!(of(Level::Org, "evpn_topologies", &["switches"]).key, "mac");
    for (level, word, path, read_only) in [
        (Level::Org, "setting", &["mist_nac", "idps", "id"][..], false),
        (Level::Org, "evpn_topologies", &["switches", "router_id"], false),
        (Level::Org, "evpn_topologies", &["switches", "evpn_id"], false),
        (Level::Org, "evpn_topologies", &["switches", "downlink_ips"], false),
        (Level::Site, "rssizones", &["devices", "device_id"], false),
        (Level::Org, "evpn_topologies", &["switches", "model"], true),
        (Level::Org, "uisettings", &["tiles", "id"], true),
        (Level::Org, "ssoroles", &["privileges", "org_id"], true),
        (Level::Site, "setting", &["gateway", "id"], true),
    ] {
        assert_eq!(of(level, word, path).read_only, read_only, "{word} {path:?}");
    }
    let tags = of(Level::Org, "nacrules", &["matching", "nactags"]);
    assert_eq!((tags.reference, tags.in_place), (Some("nactags"), true));
    let idps = of(Level::Org, "setting", &["mist_nac", "idps"]).item().schema;
    assert_eq!(
        (idps.alias("id").as_deref(), idps.named_reference("sso").map(|(field, _)| field).as_deref()),
        (Some("sso"), Some("id"))
    );
    assert_eq!(of(Level::Org, "templates", &["applies", "org_id"]).reference, Some("orgs"));
    for secret in [
        of(Level::Org, "wlans", &["auth_servers", "keywrap_kek"]),
        of(Level::Org, "wlans", &["acct_servers", "keywrap_mack"]),
        of(Level::Org, "webhooks", &["headers", "any"]),
        of(Level::Org, "networktemplates", &["additional_config_cmds"]),
        of(Level::Org, "networktemplates", &["ospf_areas", "0.0.0.0", "networks", "lan", "auth_keys", "1"]),
    ] {
        assert!(secret.secret, "{secret:?}");
    }
}

#[test]
fn a_path_finds_its_collection() {
    let id = "2818e386-8dec-2562-9ede-5b8a0fbbdc71";
    let wlans = by_path("orgs/{org_id}/wlans").unwrap();
    assert_eq!((wlans.word.as_str(), wlans.level, wlans.located.len()), ("wlans", Level::Org, 0));
    let located = by_path(&format!("sites/{id}/psks")).unwrap();
    assert_eq!((located.collection, located.level), (format!("sites/{id}/psks"), Level::Site));
    assert_eq!(located.located, [(Level::Site, id.to_owned())]);
    assert!(by_path("orgs/{org_id}/setting").unwrap().one);
    assert_eq!(by_path(&format!("orgs/{id}/sites")).unwrap().item, "sites");
    let rules = by_path("orgs/{org_id}/wxrules").unwrap();
    assert_eq!((rules.word.as_str(), rules.key.len()), ("wxrules", 7));
    let tickets = by_path("orgs/{org_id}/tickets").unwrap();
    assert_eq!((tickets.word.as_str(), tickets.key.len()), ("orgs/{org_id}/tickets", 0));
    assert!(rules.schema.field("order").whole && rules.schema.field("src_wxtags").list);
    assert!(by_path("sites/{site_id}/devices").unwrap().schema.field("name").text);
    for unknown in ["orgs/{org_id}/newthings", "orgs/{site_id}/wlans", "orgs/x/wlans", "orgs/{org_id}/wlans/x", ""] {
        assert!(by_path(unknown).is_none(), "{unknown}");
    }
}

#[test]
fn a_name_stands_for_an_id_where_the_document_has_no_field_of_that_name() {
    let sites = kind(Level::Org, "sites").unwrap().schema;
    let stands_for = |schema: Schema, name: &str| schema.named_reference(name).map(|(field, _)| field);
    assert_eq!(stands_for(sites, "rftemplate").as_deref(), Some("rftemplate_id"));
    assert_eq!(stands_for(sites, "sitegroups").as_deref(), Some("sitegroup_ids"));
    assert_eq!(stands_for(sites, "secpolicy").as_deref(), Some("secpolicy_id"));
    assert_eq!(stands_for(sites, "name"), None);
    assert_eq!(sites.alias("sitegroup_ids").as_deref(), Some("sitegroups"));
    assert_eq!((sites.alias("name"), sites.alias("tag_id")), (None, None));
    let applies = kind(Level::Org, "templates").unwrap().schema.field("applies").schema;
    assert_eq!(stands_for(applies, "sites").as_deref(), Some("site_ids"));
}

#[test]
fn the_names_of_all_fields_are_known_and_what_an_id_looks_like() {
    let sites = kind(Level::Org, "sites").unwrap();
    let names: Vec<&str> = sites.field_names().collect();
    assert!(["name", "country_code", "rftemplate_id", "latlng"].iter().all(|name| names.contains(name)), "{names:?}");
    assert!(kind(Level::Org, "assets").unwrap().field_names().any(|name| name == "mac"), "it has plain texts alone");
    let field = sites.schema.field("rftemplate_id");
    assert_eq!((field.reference, field.loose), (Some("rftemplates"), false));
    let field = kind(Level::Org, "wlans").unwrap().schema.field("mxtunnel_ids");
    assert_eq!((field.reference, field.loose, field.ids), (Some("mxtunnels"), true, true));
}

#[test]
fn every_schema_that_is_named_is_there_and_every_secret_is_text() {
    fn walk(schema: Schema, depth: usize, seen: &mut usize) {
        assert!(depth < 20);
        for (name, field) in schema.fields() {
            *seen += 1;
            assert!(!(field.secret && field.dictionary), "{name}");
            walk(field.schema, depth + 1, seen);
            walk(field.item().schema, depth + 1, seen);
        }
    }
    let mut seen = 0;
    all().for_each(|kind| walk(kind.schema, 0, &mut seen));
    assert!(seen > 6_500, "{seen}");
    for line in schema::TEXT.lines().filter(|line| !line.starts_with('#')) {
        for word in line.split(" =").next().unwrap().split(' ') {
            let name = word
                .strip_prefix(':')
                .or_else(|| word.strip_prefix("schema="))
                .or_else(|| word.starts_with("[]").then(|| word.trim_start_matches("[]")));
            assert!(name.is_none_or(|name| matches!(name, "" | "*") || schema::is_named(name)), "{line}");
        }
    }
}

#[test]
fn each_type_of_device_has_its_own_fields() {
    for (device_type, own, other) in
        [("ap", "radio_config", "role"), ("switch", "role", "radio_config"), ("gateway", "path_preferences", "role")]
    {
        let kind = device(device_type).unwrap();
        assert!(kind.schema.known(own).is_some() && kind.schema.known(other).is_none(), "{device_type}");
        assert_eq!((kind.collection.as_str(), kind.deletable), ("sites/{site_id}/devices", false));
    }
    let port = |device_type: &str, port: &str| {
        device(device_type).unwrap().schema.field("port_config").schema.field(port).schema
    };
    assert!(port("switch", "ge-0/0/0").known("dynamic_usage").is_some());
    assert!(port("gateway", "ge-0/0/0").field("lte_password").secret);
    assert_eq!(device("router").map(|kind| kind.word), None);
}

/// The field by a scan of the lines.
fn scanned(lines: &'static str, name: &str) -> Option<Field> {
    lines.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(Field::read)
}

#[test]
fn every_field_of_every_schema_is_found_as_by_a_scan() {
    let (mut schemas, mut fields) = (0, 0);
    for block in schema::TEXT.split("\nschema ").skip(1) {
        let (name, lines) = block.split_once('\n').unwrap_or((block, ""));
        let schema = schema::named(name);
        schemas += 1;
        for field in lines.lines().filter_map(|line| Some(line.split_once(' ')?.0)) {
            fields += 1;
            // Also what is before, after and inside of each name in the order of names.
            for name in
                [field.to_owned(), format!("{field}_"), field[1..].to_owned(), field[..field.len() - 1].to_owned()]
            {
                let (exact, free) = (scanned(lines, &name), scanned(lines, "*"));
                assert_eq!(schema.has(&name), exact.is_some(), "{name}");
                assert_eq!(schema.lookup(&name).1, exact.is_some(), "{name}");
                assert_eq!(schema.known(&name), exact.or(free), "{name}");
            }
        }
        let listed: Vec<(&str, Field)> = schema.fields().collect();
        let split = lines.lines().filter_map(|line| line.split_once(' '));
        assert_eq!(listed, split.map(|(name, words)| (name, Field::read(words))).collect::<Vec<_>>());
        let of =
            |has: &dyn Fn(&(&str, Field)) -> bool| listed.iter().filter(|one| has(one)).copied().collect::<Vec<_>>();
        assert_eq!(schema.required().collect::<Vec<_>>(), of(&|(_, field)| field.required), "{name}");
        assert_eq!(schema.secrets().collect::<Vec<_>>(), of(&|(name, field)| field.secret && *name != "*"), "{name}");
    }
    assert!(schemas > 500 && fields > 3_000, "{schemas} {fields}");
}
