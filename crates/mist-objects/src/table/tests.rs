use super::*;
use serde_json::json;

#[test]
fn a_kind_is_read_with_what_is_odd_about_it() {
    assert_eq!(all().count(), 62);
    let sites = kind(Scope::Org, "sites").unwrap();
    assert_eq!((sites.collection.as_str(), sites.item.as_str()), ("orgs/{org_id}/sites", "sites"));
    assert_eq!(sites.key, ["name"]);
    assert!(kind(Scope::Site, "rftemplates").is_none());
    assert_eq!(scopes("wlans"), [Scope::Org, Scope::Site]);
    let macs = kind(Scope::Org, "usermacs").unwrap();
    assert_eq!((macs.list.as_str(), macs.key[0].as_str()), ("orgs/{org_id}/usermacs/search", "mac"));
    assert!(kind(Scope::Site, "uisettings").unwrap().changed_by_post);
    let guests = kind(Scope::Site, "guests").unwrap();
    assert_eq!((guests.creation, guests.id.as_str()), (Creation::Put, "mac"));
    let profiles = kind(Scope::Org, "deviceprofiles").unwrap();
    assert_eq!(profiles.query, Some(("type".to_owned(), ["ap", "switch", "gateway"].map(str::to_owned).to_vec())));
    assert!(kind(Scope::Org, "evpn_topologies").unwrap().summary);
    let setting = kind(Scope::Site, "setting").unwrap();
    assert!(setting.one && !setting.deletable && setting.key.is_empty());
}

#[test]
fn fields_are_known_at_every_depth() {
    let wlans = kind(Scope::Org, "wlans").unwrap().shape;
    assert!(wlans.field("auth").shape.field("psk").secret);
    assert!(wlans.field("vlan_id").number_or_text);
    assert!(wlans.field("auth_servers").item().shape.field("secret").secret);
    assert_eq!(wlans.field("enabled").documented_default(), Some(json!(true)));
    assert_eq!(wlans.field("template_id").reference, Some("templates"));
    assert!(wlans.field("portal_sso_url").read_only && wlans.field("mxtunnel_ids").ids);
    let templates = kind(Scope::Org, "networktemplates").unwrap().shape;
    let account = templates.field("switch_mgmt").shape.field("local_accounts").shape.field("anyone").shape;
    assert!(account.field("password").secret);
    assert_eq!(wlans.field("no such field"), Field::default());
}

#[test]
fn a_name_stands_for_an_id_where_the_document_has_no_field_of_that_name() {
    let sites = kind(Scope::Org, "sites").unwrap().shape;
    let stands_for = |shape: Shape, name: &str| shape.named_reference(name).map(|(field, _)| field);
    assert_eq!(stands_for(sites, "rftemplate").as_deref(), Some("rftemplate_id"));
    assert_eq!(stands_for(sites, "sitegroups").as_deref(), Some("sitegroup_ids"));
    assert_eq!(stands_for(sites, "secpolicy").as_deref(), Some("secpolicy_id"));
    assert_eq!(stands_for(sites, "name"), None);
    assert_eq!(sites.alias("sitegroup_ids").as_deref(), Some("sitegroups"));
    assert_eq!((sites.alias("name"), sites.alias("tag_id")), (None, None));
    let applies = kind(Scope::Org, "templates").unwrap().shape.field("applies").shape;
    assert_eq!(stands_for(applies, "sites").as_deref(), Some("site_ids"));
}

#[test]
fn the_names_of_all_fields_are_known_and_what_an_id_looks_like() {
    let sites = kind(Scope::Org, "sites").unwrap();
    let names: Vec<&str> = sites.field_names().collect();
    assert!(["name", "country_code", "rftemplate_id", "latlng"].iter().all(|name| names.contains(name)), "{names:?}");
    assert!(kind(Scope::Org, "assets").unwrap().field_names().any(|name| name == "mac"), "it has texts alone");
    let field = sites.shape.field("rftemplate_id");
    assert_eq!((field.reference, field.loose), (Some("rftemplates"), false));
    let field = kind(Scope::Org, "wlans").unwrap().shape.field("mxtunnel_ids");
    assert_eq!((field.reference, field.loose, field.ids), (Some("mxtunnels"), true, true));
}

#[test]
fn every_shape_that_is_named_is_there_and_every_secret_is_text() {
    fn walk(shape: Shape, depth: usize, seen: &mut usize) {
        assert!(depth < 20);
        for (name, field) in shape.fields() {
            *seen += 1;
            assert!(!(field.secret && field.dictionary), "{name}");
            walk(field.shape, depth + 1, seen);
            walk(field.item().shape, depth + 1, seen);
        }
    }
    let mut seen = 0;
    all().for_each(|kind| walk(kind.shape, 0, &mut seen));
    assert!(seen > 5_000, "{seen}");
    for line in shape::TEXT.lines().filter(|line| !line.starts_with('#')) {
        for word in line.split(" =").next().unwrap().split(' ') {
            let name = word
                .strip_prefix(':')
                .or_else(|| word.strip_prefix("shape="))
                .or_else(|| word.starts_with("[]").then(|| word.trim_start_matches("[]")));
            assert!(name.is_none_or(shape::is_named), "{line}");
        }
    }
}
